package io.polydubbo.api.internal;

import io.polydubbo.internal.Batch;
import io.polydubbo.internal.CallbackNative;
import io.polydubbo.internal.Kinds;
import io.polydubbo.internal.Reaper;
import io.polydubbo.internal.ServerNative;
import io.polydubbo.internal.Unpacker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A call that has arrived, until it is answered. One that is lost unanswered is refused, so that its caller does not wait. */
final class InboundCall {
    /** Status 40. */
    static final int BAD_REQUEST = 105;
    /** Status 50. */
    static final int BAD_RESPONSE = 106;
    /** Status 70. */
    static final int SERVICE_ERROR = 108;
    /** Status 100. */
    static final int EXHAUSTED = 111;

    final String method;
    final String descriptor;
    final String remote;
    final String local;
    final Map<String, Object> attachments;
    final List<PassedObject> callbacks;
    final byte[] arguments;
    final boolean isOneWay;
    private final long number;
    private final long deadline;
    private final Reaper.Guard guard;

    /** An object of the caller. */
    static final class PassedObject {
        final int index;
        final boolean isLeaving;
        final String id;
        final long handle;

        private PassedObject(Unpacker unpacker) {
            index = unpacker.getInt();
            isLeaving = unpacker.getByte() != 0;
            id = unpacker.getText();
            handle = unpacker.getLong();
        }
    }

    InboundCall(Batch record) {
        number = record.token();
        isOneWay = (record.flags() & Kinds.ONE_WAY) != 0;
        deadline = record.aux() < 0 ? Long.MAX_VALUE : System.nanoTime() + record.aux() * 1_000_000;
        Unpacker unpacker = new Unpacker(record.payload());
        method = unpacker.getText();
        descriptor = unpacker.getText();
        remote = unpacker.getText();
        local = unpacker.getText();
        attachments = Attachments.unpack(unpacker);
        callbacks = callbacks(unpacker);
        arguments = unpacker.getBytes();
        long call = number;
        guard = Reaper.watch(this, null,
                () -> ServerNative.refuse(call, SERVICE_ERROR, "the service lost this call without an answer"));
    }

    private static List<PassedObject> callbacks(Unpacker unpacker) {
        int count = unpacker.getInt();
        if (count == 0) {
            return Collections.emptyList();
        }
        List<PassedObject> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new PassedObject(unpacker));
        }
        return all;
    }

    /** When the caller gives up, on the clock of nanoTime; Long.MAX_VALUE if it did not say. */
    long deadline() {
        return deadline;
    }

    void reply(boolean isException, Encoded value, byte[] extra) {
        guard.dismiss();
        ServerNative.reply(number, isException, value == null ? null : value.bytes(), value == null ? 0 : value.length(), extra);
    }

    void refuse(int code, String text) {
        guard.dismiss();
        ServerNative.refuse(number, code, text);
        callbacks.forEach(object -> CallbackNative.releaseProxy(object.handle));
    }
}
