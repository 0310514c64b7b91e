package io.polydubbo.peer.consumer;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

/** Short descriptions of values for failure reports. */
final class Text {
    private Text() {}

    static String of(Object value) {
        if (value == null) {
            return "null";
        }
        String text;
        if (value.getClass().isArray()) {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < Math.min(16, Array.getLength(value)); i++) {
                items.add(Array.get(value, i));
            }
            text = Array.getLength(value) + " items " + items;
        } else if (value.getClass().getName().startsWith("io.polydubbo.") && !(value instanceof Enum)) {
            text = fields(value);
        } else {
            text = String.valueOf(value);
        }
        return value.getClass().getName() + " " + (text.length() > 300 ? text.substring(0, 300) + "..." : text);
    }

    /** One level deep: beans may be cyclic. */
    private static String fields(Object bean) {
        StringBuilder text = new StringBuilder();
        for (Field field : bean.getClass().getFields()) {
            try {
                text.append(field.getName()).append('=').append(field.get(bean)).append(' ');
            } catch (IllegalAccessException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        return text.toString();
    }
}
