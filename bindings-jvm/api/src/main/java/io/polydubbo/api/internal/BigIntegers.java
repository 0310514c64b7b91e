package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractDeserializer;
import com.alibaba.com.caucho.hessian.io.AbstractHessianInput;
import com.alibaba.com.caucho.hessian.io.AbstractHessianOutput;
import com.alibaba.com.caucho.hessian.io.AbstractSerializer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** {@code BigInteger} by the two fields that count, without a look into the JDK's own class. */
final class BigIntegers {
    private BigIntegers() {}

    static final class Writer extends AbstractSerializer {
        @Override
        public void writeObject(Object object, AbstractHessianOutput output) throws IOException {
            if (output.addRef(object)) {
                return;
            }
            BigInteger value = (BigInteger) object;
            ObjectWriter.begin(output, BigInteger.class.getName(), "signum", "mag");
            output.writeInt(value.signum());
            output.writeObject(words(value));
        }

        /** Words of the magnitude, the highest first, without leading zeros. */
        private static int[] words(BigInteger value) {
            byte[] bytes = value.abs().toByteArray();
            int[] words = new int[(value.abs().bitLength() + 31) / 32];
            for (int i = 0; i < bytes.length; i++) {
                int place = bytes.length - 1 - i;
                if (place / 4 < words.length) {
                    words[words.length - 1 - place / 4] |= (bytes[i] & 0xff) << (place % 4 * 8);
                }
            }
            return words;
        }
    }

    static final class Reader extends AbstractDeserializer {
        @Override
        public Class<?> getType() {
            return BigInteger.class;
        }

        @Override
        public Object readObject(AbstractHessianInput input, String[] fields) throws IOException {
            int slot = input.addRef(null);
            int signum = 0;
            int[] words = {};
            for (String field : fields) {
                if (field.equals("signum")) {
                    signum = input.readInt();
                } else if (field.equals("mag")) {
                    words = (int[]) input.readObject(int[].class);
                } else {
                    input.readObject();
                }
            }
            BigInteger value = value(signum, words);
            input.setRef(slot, value);
            return value;
        }

        private static BigInteger value(int signum, int[] words) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(4 * words.length);
            bytes.asIntBuffer().put(words);
            try {
                return new BigInteger(Integer.signum(signum), bytes.array());
            } catch (NumberFormatException contradiction) {
                throw new IOException("a BigInteger without sign that is not zero", contradiction);
            }
        }
    }
}
