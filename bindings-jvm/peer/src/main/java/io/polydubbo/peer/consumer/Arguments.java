package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;

import java.io.IOException;

/** Tagged values as arguments of declared types. */
public final class Arguments {
    private Arguments() {}

    /** One value for each type. */
    public static Object[] of(JsonArray values, Class<?>[] types) throws IOException {
        Object[] arguments = new Object[values.size()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = Tagged.toJava(values.get(i), types[i]);
        }
        return arguments;
    }
}
