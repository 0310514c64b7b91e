package io.polydubbo.peer.consumer;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Equality of whole object graphs: arrays by element, our own beans by field, everything else as Java has it. */
final class DeepEquals {
    /** Pairs under comparison, by identity: meeting one again closes a cycle. */
    private final IdentityHashMap<Object, Object> open = new IdentityHashMap<>();

    private DeepEquals() {}

    static boolean same(Object a, Object b) {
        return new DeepEquals().equal(a, b);
    }

    private boolean equal(Object a, Object b) {
        if (a == b) {
            return true;
        }
        if (a == null || b == null) {
            return false;
        }
        if (open.get(a) == b) {
            return true;
        }
        if (a.getClass().isArray() && a.getClass().getComponentType().isPrimitive()) {
            return Objects.deepEquals(a, b);
        }
        if (a.getClass().isArray()) {
            return a.getClass() == b.getClass() && sequence(Arrays.asList((Object[]) a), Arrays.asList((Object[]) b));
        }
        if (a instanceof Set) {
            return b instanceof Set && contains((Set<?>) a, (Set<?>) b) && contains((Set<?>) b, (Set<?>) a);
        }
        if (a instanceof Collection) {
            return b instanceof Collection && !(b instanceof Set) && sequence((Collection<?>) a, (Collection<?>) b);
        }
        if (a instanceof Map) {
            return b instanceof Map && entries((Map<?, ?>) a, (Map<?, ?>) b);
        }
        return object(a, b);
    }

    private boolean object(Object a, Object b) {
        if (a.getClass() != b.getClass()) {
            return false;
        }
        if (a instanceof Number && a.getClass().getName().startsWith("java.util.concurrent.atomic.")) {
            return a.toString().equals(b.toString());
        }
        if (a instanceof java.util.concurrent.atomic.AtomicBoolean) {
            return a.toString().equals(b.toString());
        }
        if (!a.getClass().getName().startsWith("io.polydubbo.") || a instanceof Enum) {
            return a.equals(b);
        }
        open.put(a, b);
        for (Class<?> type = a.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!field(field, a, b)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean field(Field field, Object a, Object b) {
        if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) {
            return true;
        }
        try {
            return equal(field.get(a), field.get(b));
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private boolean contains(Set<?> a, Set<?> b) {
        return a.size() == b.size() && a.stream().allMatch(x -> b.stream().anyMatch(y -> equal(x, y)));
    }

    private boolean entries(Map<?, ?> a, Map<?, ?> b) {
        return a.size() == b.size()
                && a.entrySet().stream().allMatch(entry -> b.containsKey(entry.getKey())
                        && equal(entry.getValue(), b.get(entry.getKey())));
    }

    private boolean sequence(Collection<?> a, Collection<?> b) {
        Iterator<?> other = b.iterator();
        for (Object item : a) {
            if (!other.hasNext() || !equal(item, other.next())) {
                return false;
            }
        }
        return !other.hasNext();
    }
}
