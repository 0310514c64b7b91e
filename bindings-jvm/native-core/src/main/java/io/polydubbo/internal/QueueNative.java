package io.polydubbo.internal;

import java.nio.ByteBuffer;

/** The native methods around queues of records. {@link NativeLibrary#load()} must have returned before any is called. */
public final class QueueNative {
    private QueueNative() {}

    /**
     * Version of the native library.
     *
     * @return the version
     */
    public static native String version();

    /**
     * Waits for records and writes them into a batch; see {@link Batch} for their form.
     *
     * @param queue number of the queue
     * @param batch a direct buffer that only the calling thread uses
     * @param maxRecords how many records at most
     * @param timeoutMillis how long to wait for the first one
     * @return number of records, -1 when the queue has ended
     */
    static native int poll(long queue, ByteBuffer batch, int maxRecords, int timeoutMillis);

    /**
     * Takes a payload that did not travel in its batch.
     *
     * @param payload its number
     * @return its bytes
     */
    static native byte[] take(long payload);

    /**
     * Forgets a payload that nobody wants.
     *
     * @param payload its number
     */
    static native void dropPayload(long payload);

    /**
     * Ends a queue; its pump ends by itself.
     *
     * @param queue number of the queue
     */
    public static native void close(long queue);

    /**
     * Payloads that were neither taken nor dropped yet.
     *
     * @return their number, 0 when nothing leaks
     */
    public static native int kept();
}
