package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Encoded values in an array that may be longer than they are. A thread keeps one for its next values, because the tables and
 * buffers of the writer are larger than most values.
 */
final class Encoded extends ByteArrayOutputStream {
    private static final ThreadLocal<Encoded> KEPT = ThreadLocal.withInitial(Encoded::new);
    private static final int INITIAL = 512;
    /** One that is longer is not kept. */
    private static final int LONG = 64 * 1024;

    private final Writer writer = new Writer(this);
    private boolean isUsed;

    private Encoded() {
        super(INITIAL);
    }

    /** Encodes values, which share objects. What cannot be encoded leaves nothing behind. */
    static Encoded of(SerializerFactory classes, Object... values) throws IOException {
        Encoded encoded = KEPT.get();
        if (encoded.isUsed) {
            // The method of a value that is being encoded makes a call itself, for example.
            encoded = new Encoded();
        }
        encoded.isUsed = true;
        encoded.write(classes, values);
        return encoded;
    }

    private void write(SerializerFactory classes, Object[] values) throws IOException {
        boolean done = false;
        try {
            writer.setSerializerFactory(classes);
            for (Object value : values) {
                writer.writeObject(value);
            }
            writer.flush();
            done = true;
        } finally {
            if (!done) {
                forget();
            }
        }
    }

    byte[] bytes() {
        return buf;
    }

    int length() {
        return count;
    }

    /** The bytes are not needed any more. */
    @Override
    public void close() {
        if (buf.length > LONG || writer.isLong()) {
            forget();
            return;
        }
        reset();
        writer.clear();
        isUsed = false;
    }

    private void forget() {
        if (KEPT.get() == this) {
            KEPT.remove();
        }
    }

    /** A writer that is emptied only as far as it was filled. */
    private static final class Writer extends Hessian2Output {
        /** Places of its table before that grows. */
        private static final int MANY = 128;

        private int objects;

        Writer(Encoded target) {
            super(target);
        }

        @Override
        public boolean addRef(Object object) throws IOException {
            objects++;
            return super.addRef(object);
        }

        boolean isLong() {
            return objects > MANY;
        }

        void clear() {
            setSerializerFactory(null);
            if (objects > 0) {
                objects = 0;
                reset();
            }
        }
    }
}
