package io.polydubbo.peer.provider;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/** Class and content of any value as text; the same for equal values. */
final class Describe {
    private Describe() {}

    static String value(Object value) {
        if (value == null) {
            return "null";
        }
        // An object of no other class has no content, and prints where it lies.
        return value.getClass() == Object.class ? "object" : value.getClass().getName() + " " + content(value);
    }

    private static String content(Object value) {
        if (value.getClass().isArray()) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                items.add(value(Array.get(value, i)));
            }
            return items.toString();
        }
        if (value instanceof Map) {
            List<String> entries = new ArrayList<>();
            ((Map<?, ?>) value).forEach((key, item) -> entries.add(value(key) + "=" + value(item)));
            Collections.sort(entries);
            return entries.toString();
        }
        if (value instanceof Collection) {
            List<String> items = new ArrayList<>();
            ((Collection<?>) value).forEach(item -> items.add(value(item)));
            return items.toString();
        }
        if (value instanceof Iterator) {
            List<String> items = new ArrayList<>();
            ((Iterator<?>) value).forEachRemaining(item -> items.add(value(item)));
            return items.toString();
        }
        if (value instanceof Throwable) {
            return throwable((Throwable) value);
        }
        if (value instanceof Pattern) {
            return value + " " + ((Pattern) value).flags();
        }
        if (value instanceof Date) {
            return String.valueOf(((Date) value).getTime());
        }
        if (value instanceof LongAdder) {
            return value.toString();
        }
        if (value instanceof Beans.Outer.Inner) {
            return ((Beans.Outer.Inner) value).text();
        }
        if (value instanceof Beans.Sub) {
            return ((Beans.Sub) value).text();
        }
        return value.toString();
    }

    private static String throwable(Throwable error) {
        StringBuilder text = new StringBuilder(String.valueOf(error.getMessage()));
        if (error.getStackTrace() != null && error.getStackTrace().length > 0) {
            text.append(" at ").append(error.getStackTrace()[0].getMethodName());
        }
        for (Throwable suppressed : error.getSuppressed()) {
            text.append(" [").append(value(suppressed)).append(']');
        }
        if (error.getCause() != null && error.getCause() != error) {
            text.append(" <- ").append(value(error.getCause()));
        }
        return text.toString();
    }
}
