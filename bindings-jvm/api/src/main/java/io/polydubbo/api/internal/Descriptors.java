package io.polydubbo.api.internal;

import java.lang.reflect.Array;
import java.lang.reflect.Method;

/** Parameter types in the notation of the JVM, {@code Ljava/lang/String;I}. */
final class Descriptors {
    private static final Class<?>[] PRIMITIVES = {boolean.class, byte.class, char.class, short.class, int.class, long.class, float.class,
        double.class};

    private Descriptors() {}

    /** Of a method. */
    static String of(Method method) {
        StringBuilder text = new StringBuilder();
        for (Class<?> parameter : method.getParameterTypes()) {
            text.append(of(parameter));
        }
        return text.toString();
    }

    private static String of(Class<?> type) {
        if (type.isArray()) {
            return type.getName().replace('.', '/');
        }
        // The name of an array class holds the letter of its primitive element.
        return type.isPrimitive() ? Array.newInstance(type, 0).getClass().getName().substring(1) : ofClass(type.getName());
    }

    private static String ofClass(String name) {
        return 'L' + name.replace('.', '/') + ';';
    }

    /** Of types by their Java names: {@code int}, {@code java.lang.String}, {@code int[]}. */
    static String of(String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            String element = name;
            for (; element.endsWith("[]"); element = element.substring(0, element.length() - 2)) {
                text.append('[');
            }
            text.append(ofElement(element));
        }
        return text.toString();
    }

    private static String ofElement(String name) {
        for (Class<?> primitive : PRIMITIVES) {
            if (primitive.getName().equals(name)) {
                return of(primitive);
            }
        }
        return ofClass(name);
    }
}
