package io.polydubbo.peer.consumer;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Tagged values of the scenario file as Java objects. */
final class Tagged {
    private Tagged() {}

    /** The object that a Java program with this declared type would get for the value. */
    static Object toJava(JsonElement value, Class<?> declared) throws IOException {
        Hessian2Input input = new Hessian2Input(new ByteArrayInputStream(TaggedWriter.write(value)));
        // An untyped read is another path of the library than a read as Object.
        return declared == Object.class ? input.readObject() : input.readObject(declared);
    }

    /** A string value: {@code v}, or {@code utf16} in hexadecimal; {@code times} repeats it. */
    static String text(JsonObject value) {
        String text = value.has("utf16") ? units(value.get("utf16").getAsString()) : value.get("v").getAsString();
        StringBuilder repeated = new StringBuilder();
        for (int i = times(value); i > 0; i--) {
            repeated.append(text);
        }
        return repeated.toString();
    }

    /** A bytes value: {@code hex}, repeated {@code times}, or {@code sequence} bytes of which byte i is i mod 251. */
    static byte[] bytes(JsonObject value) {
        if (value.has("sequence")) {
            byte[] bytes = new byte[value.get("sequence").getAsInt()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (i % 251);
            }
            return bytes;
        }
        String hex = value.get("hex").getAsString();
        byte[] bytes = new byte[hex.length() / 2 * times(value)];
        for (int i = 0; i < bytes.length; i++) {
            int at = 2 * i % hex.length();
            bytes[i] = (byte) Integer.parseInt(hex.substring(at, at + 2), 16);
        }
        return bytes;
    }

    private static String units(String hex) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < hex.length(); i += 4) {
            text.append((char) Integer.parseInt(hex.substring(i, i + 4), 16));
        }
        return text.toString();
    }

    private static int times(JsonObject value) {
        return value.has("times") ? value.get("times").getAsInt() : 1;
    }
}
