package io.polydubbo.transport;

import org.apache.dubbo.remoting.buffer.DynamicChannelBuffer;

/** The buffer into which a thread encodes, kept from message to message unless it became large. */
final class EncodeBuffer {
    private static final int INITIAL = 1024;
    private static final int KEPT = 64 * 1024;
    private static final ThreadLocal<DynamicChannelBuffer> BUFFER = new ThreadLocal<>();

    private EncodeBuffer() {}

    /** An empty buffer; a second one while the first is in use, because a codec that fails sends a message of its own. */
    static DynamicChannelBuffer take() {
        DynamicChannelBuffer buffer = BUFFER.get();
        if (buffer == null) {
            return new DynamicChannelBuffer(INITIAL);
        }
        BUFFER.remove();
        buffer.clear();
        return buffer;
    }

    static void giveBack(DynamicChannelBuffer buffer) {
        if (buffer.capacity() <= KEPT) {
            BUFFER.set(buffer);
        }
    }
}
