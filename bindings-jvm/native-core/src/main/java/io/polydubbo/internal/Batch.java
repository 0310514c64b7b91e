package io.polydubbo.internal;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A reader of the records of one batch, which stands on one record at a time. {@code bindings-jvm/src/record.rs} writes them.
 */
public final class Batch {
    private static final int RECORD = 48;
    private static final int INLINE = 1;
    private static final int KEPT = 2;

    private final ByteBuffer buffer;
    private int at;
    private boolean taken;

    Batch(int capacity) {
        buffer = ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    ByteBuffer buffer() {
        return buffer;
    }

    void select(int index) {
        at = index * RECORD;
        taken = false;
    }

    /**
     * Kind of the record; who made the queue says which there are.
     *
     * @return the number of the kind
     */
    public int kind() {
        return buffer.getShort(at) & 0xffff;
    }

    /**
     * Flags of the record, of which those from bit 2 on belong to its kind.
     *
     * @return the flags
     */
    public int flags() {
        return buffer.getShort(at + 2) & 0xffff;
    }

    /**
     * Length of the payload.
     *
     * @return number of bytes
     */
    public int length() {
        return buffer.getInt(at + 4);
    }

    /**
     * Which client, server or service it is for.
     *
     * @return the number that Java gave to it
     */
    public long owner() {
        return buffer.getLong(at + 8);
    }

    /**
     * Which connection it came from.
     *
     * @return the number of the connection
     */
    public long connection() {
        return buffer.getLong(at + 16);
    }

    /**
     * Which request it answers, or which it is.
     *
     * @return the number of the request
     */
    public long token() {
        return buffer.getLong(at + 24);
    }

    /**
     * A further number: an error code, milliseconds, a port.
     *
     * @return the number
     */
    public long aux() {
        return buffer.getLong(at + 40);
    }

    /**
     * The payload in an array of its own, which may be kept. It can be had once.
     *
     * @return its bytes
     */
    public byte[] payload() {
        if (taken) {
            throw new IllegalStateException("the payload of this record was taken before");
        }
        taken = true;
        long place = buffer.getLong(at + 32);
        if ((flags() & INLINE) == 0) {
            return QueueNative.take(place);
        }
        byte[] bytes = new byte[length()];
        ByteBuffer view = buffer.duplicate();
        ((Buffer) view).position((int) place);
        view.get(bytes);
        return bytes;
    }

    /** Frees what the native side keeps for this record, if nobody has taken it. */
    void release() {
        if (!taken && (flags() & KEPT) != 0) {
            taken = true;
            QueueNative.dropPayload(buffer.getLong(at + 32));
        }
    }
}
