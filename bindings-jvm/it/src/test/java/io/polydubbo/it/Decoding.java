package io.polydubbo.it;

import io.polydubbo.internal.NativeLibrary;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;

/** The decoder of the Java API, with the data types of the JDK allowed, fed with any bytes. */
final class Decoding {
    private static final String PACKAGE = "io.polydubbo.api.internal.";

    private Decoding() {}

    /** The value in these bytes. */
    static Object decode(byte[] bytes) throws Exception {
        Class<?> policy = Class.forName(PACKAGE + "ClassPolicy");
        Class<?> codec = Class.forName(PACKAGE + "HessianCodec");
        Constructor<?> constructor = codec.getDeclaredConstructor(policy, ClassLoader.class);
        constructor.setAccessible(true);
        Object made = constructor.newInstance(policy.getConstructor().newInstance(), Decoding.class.getClassLoader());
        Method decode = codec.getDeclaredMethod("decode", byte[].class);
        decode.setAccessible(true);
        NativeLibrary.load();
        try {
            return decode.invoke(made, (Object) bytes);
        } catch (InvocationTargetException thrown) {
            throw (Exception) thrown.getCause();
        }
    }

    /** How many class names that begin so hessian-lite keeps for ever. */
    static long rememberedNames(String prefix) throws Exception {
        Field names = Class.forName("com.alibaba.com.caucho.hessian.io.SerializerFactory").getDeclaredField("_unrecognizedTypeCache");
        names.setAccessible(true);
        return ((Map<?, ?>) names.get(null)).keySet().stream().filter(name -> name.toString().startsWith(prefix)).count();
    }
}
