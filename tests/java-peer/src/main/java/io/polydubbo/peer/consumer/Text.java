package io.polydubbo.peer.consumer;

import java.lang.reflect.Array;
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
        } else {
            text = String.valueOf(value);
        }
        return value.getClass().getName() + " " + (text.length() > 300 ? text.substring(0, 300) + "..." : text);
    }
}
