package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractDeserializer;
import com.alibaba.com.caucho.hessian.io.AbstractHessianInput;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes exceptions that look as they did where they were thrown. As in Java's own serialization the constructors of their classes
 * do not run, only that of {@code Throwable}, which is given the message.
 */
final class ThrowableDeserializer extends AbstractDeserializer {
    private final Class<?> type;
    private final Map<String, Field> fields;
    private final Constructor<?> constructor;

    ThrowableDeserializer(Class<?> type) {
        this.type = type;
        this.fields = ThrowableFields.of(type);
        this.constructor = constructor(type);
    }

    @Override
    public Class<?> getType() {
        return type;
    }

    @Override
    public Object readObject(AbstractHessianInput input, String[] names) throws IOException {
        int slot = input.addRef(null);
        Map<String, Object> values = new HashMap<>();
        for (String name : names) {
            Field field = fields.get(name);
            values.put(name, field == null ? common(input, name) : input.readObject(field.getType()));
        }
        Throwable made = make((String) values.get("detailMessage"));
        input.setRef(slot, made);
        fill(made, values);
        return made;
    }

    private static Object common(AbstractHessianInput input, String name) throws IOException {
        switch (name) {
            case "detailMessage":
                return input.readString();
            case "stackTrace":
                return input.readObject(StackTraceElement[].class);
            default:
                return input.readObject();
        }
    }

    private void fill(Throwable made, Map<String, Object> values) throws IOException {
        // A reference to the exception itself, Java's way to say "none", is null here: the exception is made after its fields.
        if (values.get("cause") instanceof Throwable) {
            made.initCause((Throwable) values.get("cause"));
        }
        StackFrames.set(made, values.get("stackTrace"));
        if (values.get("suppressedExceptions") instanceof List) {
            for (Object suppressed : (List<?>) values.get("suppressedExceptions")) {
                if (suppressed instanceof Throwable) {
                    made.addSuppressed((Throwable) suppressed);
                }
            }
        }
        for (Map.Entry<String, Field> field : fields.entrySet()) {
            Object value = values.get(field.getKey());
            if (value != null) {
                set(field.getValue(), made, value);
            }
        }
    }

    private static void set(Field field, Throwable made, Object value) throws IOException {
        try {
            field.set(made, value);
        } catch (IllegalAccessException | IllegalArgumentException refused) {
            throw new IOException("cannot set " + field + " to " + value, refused);
        }
    }

    private Throwable make(String message) throws IOException {
        try {
            return (Throwable) constructor.newInstance(message);
        } catch (ReflectiveOperationException refused) {
            throw new IOException("cannot make a " + type.getName(), refused);
        }
    }

    /** By reflection, because compilers for Java 8 hide this part of the JDK; all JDKs have it. */
    private static Constructor<?> constructor(Class<?> type) {
        try {
            Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
            Object instance = factory.getMethod("getReflectionFactory").invoke(null);
            Constructor<?> base = Throwable.class.getConstructor(String.class);
            return (Constructor<?>) factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                    .invoke(instance, type, base);
        } catch (ReflectiveOperationException absent) {
            throw new IllegalStateException("this JDK has no sun.reflect.ReflectionFactory: add the module jdk.unsupported", absent);
        }
    }
}
