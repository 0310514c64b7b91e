package io.polydubbo.api.internal;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.concurrent.CompletionStage;

/** What methods give back. */
final class Results {
    private Results() {}

    static boolean isAsync(Method method) {
        return CompletionStage.class.isAssignableFrom(method.getReturnType());
    }

    /** The type of the value that travels; {@code void.class} for none. */
    static Class<?> wireType(Method method) {
        if (!isAsync(method)) {
            return method.getReturnType();
        }
        Type type = method.getGenericReturnType();
        return type instanceof ParameterizedType ? raw(((ParameterizedType) type).getActualTypeArguments()[0]) : Object.class;
    }

    private static Class<?> raw(Type type) {
        if (type instanceof ParameterizedType) {
            return raw(((ParameterizedType) type).getRawType());
        }
        if (type instanceof Class) {
            return type == Void.class ? void.class : (Class<?>) type;
        }
        return Object.class;
    }

    /** Null, or what a primitive type has in its place. */
    static Object empty(Class<?> type) {
        return type.isPrimitive() && type != void.class ? Array.get(Array.newInstance(type, 1), 0) : null;
    }
}
