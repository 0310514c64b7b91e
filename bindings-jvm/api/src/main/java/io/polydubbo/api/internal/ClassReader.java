package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractDeserializer;
import com.alibaba.com.caucho.hessian.io.AbstractHessianInput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads a {@code Class} value, under the same policy as objects of that class. */
final class ClassReader extends AbstractDeserializer {
    private static final Map<String, Class<?>> PRIMITIVES = new HashMap<>();

    static {
        for (Class<?> type : new Class<?>[] {boolean.class, byte.class, short.class, int.class, long.class, float.class, double.class,
                char.class, void.class}) {
            PRIMITIVES.put(type.getName(), type);
        }
    }

    private final Classes classes;

    ClassReader(Classes classes) {
        this.classes = classes;
    }

    @Override
    public Class<?> getType() {
        return Class.class;
    }

    @Override
    public Object readObject(AbstractHessianInput input, String[] fields) throws IOException {
        int slot = input.addRef(null);
        String name = null;
        for (String field : fields) {
            Object value = input.readObject();
            name = field.equals("name") ? (String) value : name;
        }
        Class<?> found = name == null ? null : find(name);
        input.setRef(slot, found);
        return found;
    }

    private Class<?> find(String name) {
        Class<?> primitive = PRIMITIVES.get(name);
        if (primitive != null) {
            return primitive;
        }
        // Array classes come in the notation of the JVM: [I, [Ljava.lang.String;
        int dimensions = name.lastIndexOf('[') + 1;
        if (dimensions == 0) {
            return classes.find(name);
        }
        String element = name.substring(dimensions);
        if (element.startsWith("L") && classes.find(element.substring(1, element.length() - 1)) == null) {
            return null;
        }
        try {
            return Class.forName(name, false, classes.getClassLoader());
        } catch (ClassNotFoundException absent) {
            return null;
        }
    }
}
