package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.internal.ReferenceNative;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Values as Hessian2, by the library that Dubbo itself uses. The bytes of a peer are checked by the native side first, so that no
 * announced size makes this side reserve memory.
 */
public final class HessianCodec implements Codec {
    static {
        QuietStart.run();
    }

    /** For the JDK's data types only. */
    static final HessianCodec DATA = new HessianCodec(new ClassPolicy(), HessianCodec.class.getClassLoader());

    private final Classes strict;
    private final Classes lenient;

    /** Values of the classes that {@code policy} allows, which {@code loader} knows. */
    HessianCodec(ClassPolicy policy, ClassLoader loader) {
        strict = new Classes(policy, loader, false);
        lenient = new Classes(policy, loader, true);
    }

    @Override
    public Encoded encode(Object... values) {
        try {
            return Encoded.of(strict, values);
        } catch (IOException | RuntimeException | StackOverflowError fault) {
            throw fault("cannot encode the value: ", fault);
        }
    }

    /** The only value in {@code body}, of whatever type. */
    Object decode(byte[] body) {
        return decoder(body, 1).next(Object.class);
    }

    @Override
    public Decoder decoder(byte[] body, int count) {
        ReferenceNative.measure(body, 0, count);
        return checked(body);
    }

    @Override
    public Decoder checked(byte[] body) {
        return new Values(body);
    }

    private final class Values implements Decoder {
        private final Hessian2Input input;

        Values(byte[] body) {
            input = new Hessian2Input(new ByteArrayInputStream(body));
        }

        @Override
        public Object next(Class<?> type) {
            return read(strict, type);
        }

        @Override
        public Throwable nextThrowable() {
            // Untyped: for a declared Throwable the library would make one instead of asking for the class on the wire.
            Object thrown = read(lenient, Object.class);
            if (thrown instanceof Throwable) {
                return (Throwable) thrown;
            }
            return new DubboException(ErrorCode.SERIALIZATION, "the peer sent as an exception what is none: " + thrown);
        }

        private Object read(Classes classes, Class<?> type) {
            input.setSerializerFactory(classes);
            try {
                return type == Object.class ? input.readObject() : input.readObject(type);
            } catch (IOException | RuntimeException | StackOverflowError fault) {
                throw fault("cannot decode the value: ", fault);
            }
        }
    }

    private static DubboException fault(String what, Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof DubboException && ((DubboException) cause).code() == ErrorCode.SERIALIZATION) {
                return (DubboException) cause;
            }
        }
        String remedy = isClosed(fault) ? "; this class of the JDK is closed to libraries: start the JVM with the --add-opens that the text names" : "";
        return new DubboException(ErrorCode.SERIALIZATION, what + fault + remedy, fault);
    }

    private static boolean isClosed(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause.getClass().getName().equals("java.lang.reflect.InaccessibleObjectException")) {
                return true;
            }
        }
        return false;
    }
}
