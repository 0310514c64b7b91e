package io.polydubbo.api.internal;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.Map;

/** The fields that exception classes add to {@code Throwable}. Those of JDK classes that are closed to libraries stay behind. */
final class ThrowableFields {
    private ThrowableFields() {}

    /** By name; of two with one name that of the subclass. */
    static Map<String, Field> of(Class<?> type) {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (Class<?> level = type; level != Throwable.class && level != null; level = level.getSuperclass()) {
            for (Field field : level.getDeclaredFields()) {
                boolean travels = !Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers());
                if (travels && open(field)) {
                    fields.putIfAbsent(field.getName(), field);
                }
            }
        }
        return fields;
    }

    private static boolean open(Field field) {
        try {
            field.setAccessible(true);
            return true;
        } catch (RuntimeException closed) {
            return false;
        }
    }
}
