package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractHessianOutput;
import java.io.IOException;

/** Begins objects whose fields are written by hand. */
final class ObjectWriter {
    private ObjectWriter() {}

    /** Writes what stands before the fields of an object: its class, defined when it occurs first. */
    static void begin(AbstractHessianOutput output, String name, String... fields) throws IOException {
        if (output.writeObjectBegin(name) == -1) {
            output.writeClassFieldLength(fields.length);
            for (String field : fields) {
                output.writeString(field);
            }
            output.writeObjectBegin(name);
        }
    }
}
