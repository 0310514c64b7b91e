package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a tagged value of the scenario file as Hessian2, by the letter of the format and with none of its short forms.
 *
 * <p>Decoded by Dubbo's own Hessian library, the bytes become whatever Java object the declared type asks for, so this
 * program needs no table of Java classes.
 */
final class TaggedWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    /** Every distinct list of class and field names seen, in order of definition. */
    private final List<String> definitions = new ArrayList<>();

    static byte[] write(JsonElement value) {
        TaggedWriter writer = new TaggedWriter();
        writer.value(value.getAsJsonObject());
        return writer.out.toByteArray();
    }

    private void value(JsonObject value) {
        String tag = value.get("t").getAsString();
        switch (tag) {
            case "null":
                out.write('N');
                break;
            case "bool":
                out.write(value.get("v").getAsBoolean() ? 'T' : 'F');
                break;
            case "int":
                integer(value.get("v").getAsInt());
                break;
            case "long":
                out.write('L');
                bits(value.get("v").getAsLong(), 8);
                break;
            case "double":
                out.write('D');
                bits(Double.doubleToLongBits(number(value.get("v").getAsString())), 8);
                break;
            case "date":
                out.write(0x4a);
                bits(value.get("v").getAsLong(), 8);
                break;
            case "string":
                string(Tagged.text(value));
                break;
            case "bytes":
                bytes(Tagged.bytes(value));
                break;
            case "list":
                list(value);
                break;
            case "map":
                map(value);
                break;
            case "object":
                object(value);
                break;
            case "ref":
                out.write(0x51);
                integer(value.get("slot").getAsInt());
                break;
            default:
                throw new IllegalArgumentException("unknown tag " + tag);
        }
    }

    private void list(JsonObject list) {
        JsonArray items = list.getAsJsonArray("items");
        if (has(list, "type")) {
            out.write('V');
            string(list.get("type").getAsString());
        } else {
            out.write(0x58);
        }
        integer(items.size());
        items.forEach(item -> value(item.getAsJsonObject()));
    }

    private void map(JsonObject map) {
        if (has(map, "type")) {
            out.write('M');
            string(map.get("type").getAsString());
        } else {
            out.write('H');
        }
        for (JsonElement entry : map.getAsJsonArray("entries")) {
            value(entry.getAsJsonArray().get(0).getAsJsonObject());
            value(entry.getAsJsonArray().get(1).getAsJsonObject());
        }
        out.write('Z');
    }

    private void object(JsonObject object) {
        JsonArray fields = object.getAsJsonArray("fields");
        int definition = definition(object.get("class").getAsString(), fields);
        out.write('O');
        integer(definition);
        fields.forEach(field -> value(field.getAsJsonArray().get(1).getAsJsonObject()));
    }

    private int definition(String name, JsonArray fields) {
        StringBuilder key = new StringBuilder(name);
        fields.forEach(field -> key.append('\n').append(field.getAsJsonArray().get(0).getAsString()));
        int known = definitions.indexOf(key.toString());
        if (known >= 0) {
            return known;
        }
        definitions.add(key.toString());
        out.write('C');
        string(name);
        integer(fields.size());
        fields.forEach(field -> string(field.getAsJsonArray().get(0).getAsString()));
        return definitions.size() - 1;
    }

    private void integer(int value) {
        out.write('I');
        bits(value, 4);
    }

    /** Chunks of at most 32768 UTF-16 units; each unit, surrogate or not, in UTF-8 form of its own. */
    private void string(String text) {
        int start = 0;
        for (; text.length() - start > 0x8000; start += 0x8000) {
            out.write('R');
            units(text, start, start + 0x8000);
        }
        out.write('S');
        units(text, start, text.length());
    }

    private void units(String text, int start, int end) {
        bits(end - start, 2);
        for (int i = start; i < end; i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                out.write(unit);
            } else if (unit < 0x800) {
                out.write(0xc0 | unit >> 6);
                out.write(0x80 | unit & 0x3f);
            } else {
                out.write(0xe0 | unit >> 12);
                out.write(0x80 | unit >> 6 & 0x3f);
                out.write(0x80 | unit & 0x3f);
            }
        }
    }

    private void bytes(byte[] bytes) {
        int start = 0;
        for (; bytes.length - start > 0x8000; start += 0x8000) {
            out.write('A');
            bits(0x8000, 2);
            out.write(bytes, start, 0x8000);
        }
        out.write('B');
        bits(bytes.length - start, 2);
        out.write(bytes, start, bytes.length - start);
    }

    private void bits(long value, int width) {
        for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
            out.write((int) (value >> shift));
        }
    }

    private static double number(String text) {
        switch (text) {
            case "inf":
                return Double.POSITIVE_INFINITY;
            case "-inf":
                return Double.NEGATIVE_INFINITY;
            case "nan":
                return Double.NaN;
            default:
                return Double.parseDouble(text);
        }
    }

    private static boolean has(JsonObject object, String name) {
        return object.has(name) && !object.get(name).isJsonNull();
    }
}
