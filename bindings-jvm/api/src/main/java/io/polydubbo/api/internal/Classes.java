package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.Deserializer;
import com.alibaba.com.caucho.hessian.io.HessianProtocolException;
import com.alibaba.com.caucho.hessian.io.Serializer;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How the classes of values are written and read. Asks the {@link ClassPolicy} before a class that a peer names is looked for, and
 * replaces those parts of hessian-lite that need JDK packages opened or lose content.
 */
final class Classes extends SerializerFactory {
    private static final Set<String> PRIMITIVES = new HashSet<>(Arrays.asList("boolean", "byte", "short", "int", "long", "float",
            "double", "char", "string", "object", "date"));

    private final ClassPolicy policy;
    private final ClassLoader loader;
    private final boolean isLenient;
    private final ConcurrentHashMap<Class<?>, Serializer> serializers = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Class<?>, Deserializer> deserializers = new ConcurrentHashMap<>();

    /** A lenient one takes what it must not make as {@link ForeignObject}: an exception must not be lost for its details. */
    Classes(ClassPolicy policy, ClassLoader loader, boolean isLenient) {
        super(loader);
        this.policy = policy;
        this.loader = loader;
        this.isLenient = isLenient;
    }

    @Override
    public Serializer getSerializer(@SuppressWarnings("rawtypes") Class type) throws HessianProtocolException {
        Serializer known = serializers.get(type);
        if (known == null) {
            Serializer own = ownSerializer(type);
            known = own != null ? own : super.getSerializer(type);
            serializers.put(type, known);
        }
        return known;
    }

    private static Serializer ownSerializer(Class<?> type) {
        if (Throwable.class.isAssignableFrom(type)) {
            return new ThrowableSerializer(type);
        }
        if (type == StackTraceElement.class) {
            return new StackFrames.Writer();
        }
        if (type == BigInteger.class) {
            return new BigIntegers.Writer();
        }
        // Their serial form loses the elements.
        return type.getName().startsWith("java.util.ImmutableCollections$") ? new ImmutableCollections() : null;
    }

    @Override
    public Deserializer getDeserializer(@SuppressWarnings("rawtypes") Class type) throws HessianProtocolException {
        Deserializer known = deserializers.get(type);
        if (known == null) {
            Deserializer own = ownDeserializer(type);
            known = own != null ? own : super.getDeserializer(type);
            deserializers.put(type, known);
        }
        return known;
    }

    private Deserializer ownDeserializer(Class<?> type) {
        if (Throwable.class.isAssignableFrom(type)) {
            return new ThrowableDeserializer(type);
        }
        if (type == StackTraceElement.class) {
            return new StackFrames.Reader();
        }
        if (type == BigInteger.class) {
            return new BigIntegers.Reader();
        }
        return type == Class.class ? new ClassReader(this) : null;
    }

    /** By the name that a peer sent. */
    @Override
    public Deserializer getDeserializer(String type) throws HessianProtocolException {
        if (type == null || type.isEmpty()) {
            return null;
        }
        String element = type.substring(type.lastIndexOf('[') + 1);
        if (PRIMITIVES.contains(element)) {
            return super.getDeserializer(type);
        }
        Class<?> found = find(element);
        if (found != null) {
            return element.equals(type) ? getDeserializer(found) : super.getDeserializer(type);
        }
        // The library takes null for "read it as what is declared, or as a map or list".
        return isLenient ? new ForeignObject(type) : null;
    }

    @Override
    public Class<?> loadSerializedClass(String name) throws ClassNotFoundException {
        Class<?> found = find(name);
        if (found == null) {
            throw new ClassNotFoundException(name);
        }
        return found;
    }

    /** The class with this name, null if there is none or a lenient reader must not make it. */
    Class<?> find(String name) {
        if (!policy.isAllowed(name)) {
            if (isLenient) {
                return null;
            }
            throw new DubboException(ErrorCode.SERIALIZATION, "the peer sent an object of class " + name
                    + ", which is no part of the interface: allow it with allow(...) if this program expects it");
        }
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError absent) {
            return null;
        }
    }
}
