package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractDeserializer;
import com.alibaba.com.caucho.hessian.io.AbstractHessianInput;
import com.alibaba.com.caucho.hessian.io.AbstractHessianOutput;
import com.alibaba.com.caucho.hessian.io.AbstractSerializer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Stack frames, without a look into the JDK's own class. */
final class StackFrames {
    private static final String[] FIELDS = {"declaringClass", "methodName", "fileName", "lineNumber"};

    private StackFrames() {}

    /** Gives a throwable the frames that a peer sent, an array or a list; anything else leaves it alone. */
    static void set(Throwable throwable, Object stack) {
        List<?> frames = stack instanceof Object[] ? Arrays.asList((Object[]) stack) : stack instanceof List ? (List<?>) stack : null;
        if (frames != null && frames.stream().allMatch(StackTraceElement.class::isInstance)) {
            throwable.setStackTrace(frames.toArray(new StackTraceElement[0]));
        }
    }

    static final class Writer extends AbstractSerializer {
        @Override
        public void writeObject(Object object, AbstractHessianOutput output) throws IOException {
            if (output.addRef(object)) {
                return;
            }
            ObjectWriter.begin(output, StackTraceElement.class.getName(), FIELDS);
            StackTraceElement frame = (StackTraceElement) object;
            output.writeString(frame.getClassName());
            output.writeString(frame.getMethodName());
            output.writeString(frame.getFileName());
            output.writeInt(frame.getLineNumber());
        }
    }

    static final class Reader extends AbstractDeserializer {
        @Override
        public Class<?> getType() {
            return StackTraceElement.class;
        }

        @Override
        public Object readObject(AbstractHessianInput input, String[] fields) throws IOException {
            int slot = input.addRef(null);
            String[] texts = {"", "", null};
            int line = -1;
            for (String field : fields) {
                Object value = input.readObject();
                int index = Arrays.asList(FIELDS).indexOf(field);
                if (index == 3) {
                    line = value instanceof Number ? ((Number) value).intValue() : line;
                } else if (index >= 0) {
                    texts[index] = value == null ? texts[index] : Objects.toString(value);
                }
            }
            StackTraceElement frame = new StackTraceElement(texts[0], texts[1], texts[2], line);
            input.setRef(slot, frame);
            return frame;
        }
    }
}
