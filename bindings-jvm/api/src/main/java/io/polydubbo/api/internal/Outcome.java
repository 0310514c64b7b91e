package io.polydubbo.api.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.internal.Batch;
import io.polydubbo.internal.Kinds;
import io.polydubbo.internal.Unpacker;
import java.util.LinkedHashMap;
import java.util.Map;

/** How something that was asked for has ended. */
public final class Outcome {
    private final int kind;
    private final int flags;
    private final long aux;
    private final byte[] payload;
    private final Throwable fault;

    private Outcome(int kind, int flags, long aux, byte[] payload, Throwable fault) {
        this.kind = kind;
        this.flags = flags;
        this.aux = aux;
        this.payload = payload;
        this.fault = fault;
    }

    /** What a record tells. */
    static Outcome of(Batch record) {
        return new Outcome(record.kind(), record.flags(), record.aux(), record.payload(), null);
    }

    /** The outcome of something whose record could not be read. */
    static Outcome failed(Throwable fault) {
        return new Outcome(Kinds.FAILURE, 0, 0, null, fault);
    }

    /** This outcome unless it is a failure, which is thrown. */
    Outcome orThrow() {
        if (kind == Kinds.FAILURE) {
            throw failure();
        }
        return this;
    }

    long aux() {
        return aux;
    }

    byte[] payload() {
        return payload;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    private DubboException failure() {
        if (fault != null) {
            return new DubboException(ErrorCode.INTERNAL, "cannot take the outcome: " + fault, fault);
        }
        Unpacker unpacker = new Unpacker(payload);
        String message = unpacker.getText();
        Map<String, String> context = new LinkedHashMap<>();
        for (int count = unpacker.getInt(); count > 0; count--) {
            context.put(unpacker.getText(), unpacker.getText());
        }
        return new DubboException(ErrorCode.of((int) aux), message, context, null);
    }
}
