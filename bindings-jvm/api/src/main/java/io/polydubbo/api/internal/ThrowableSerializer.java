package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractHessianOutput;
import com.alibaba.com.caucho.hessian.io.AbstractSerializer;
import io.polydubbo.api.RemoteException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes exceptions in Java's form, through their public methods: {@code Throwable} itself is closed to libraries. */
final class ThrowableSerializer extends AbstractSerializer {
    private final String name;
    private final Map<String, Field> fields;

    ThrowableSerializer(Class<?> type) {
        name = type.getName();
        fields = ThrowableFields.of(type);
    }

    @Override
    public void writeObject(Object object, AbstractHessianOutput output) throws IOException {
        if (output.addRef(object)) {
            return;
        }
        if (object instanceof RemoteException) {
            writeForeign((RemoteException) object, output);
            return;
        }
        Throwable throwable = (Throwable) object;
        writeCommon(throwable, name, throwable.getMessage(), new ArrayList<>(fields.keySet()), output);
        for (Field field : fields.values()) {
            output.writeObject(value(field, throwable));
        }
    }

    /** As the exception that it stands for. */
    private static void writeForeign(RemoteException exception, AbstractHessianOutput output) throws IOException {
        Map<String, Object> further = exception.fields();
        writeCommon(exception, exception.remoteClass(), exception.remoteMessage(), new ArrayList<>(further.keySet()), output);
        for (Object value : further.values()) {
            output.writeObject(value);
        }
    }

    private static void writeCommon(Throwable throwable, String name, String message, List<String> further,
            AbstractHessianOutput output) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList("suppressedExceptions", "stackTrace", "cause", "detailMessage"));
        all.addAll(further);
        ObjectWriter.begin(output, name, all.toArray(new String[0]));
        output.writeObject(new ArrayList<>(Arrays.asList(throwable.getSuppressed())));
        output.writeObject(throwable.getStackTrace());
        // Java's own way to say that there is no cause.
        output.writeObject(throwable.getCause() == null ? throwable : throwable.getCause());
        output.writeString(message);
    }

    private static Object value(Field field, Throwable throwable) throws IOException {
        try {
            return field.get(throwable);
        } catch (IllegalAccessException closed) {
            throw new IOException("cannot read " + field, closed);
        }
    }
}
