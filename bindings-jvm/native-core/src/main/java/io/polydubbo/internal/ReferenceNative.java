package io.polydubbo.internal;

/** The native methods of references; {@code bindings-jvm/src/reference.rs} describes them. Arrays of pairs hold both in turn. */
public final class ReferenceNative {
    private ReferenceNative() {}

    /**
     * Opens the queue of all that references and servers tell. Called once.
     *
     * @return its number, which a pump must drain
     */
    public static native long queue();

    /**
     * Refers to a service in the background.
     *
     * @param pairs settings and their values
     * @param custom settings of the user's own
     * @param token number of the request
     */
    public static native void refer(String[] pairs, String[] custom, long token);

    /**
     * Gives a method its number.
     *
     * @param reference handle of the reference
     * @param name Java name
     * @param descriptor of its parameters
     * @return the number
     */
    public static native int method(long reference, String name, String descriptor);

    /**
     * Whether a call would find a connected provider.
     *
     * @param reference handle of the reference
     * @return true if so
     */
    public static native boolean isAvailable(long reference);

    /**
     * Sends a call; its outcome arrives with its token, exactly once unless this throws.
     *
     * @param reference handle of the reference
     * @param method number of the method
     * @param arguments encoded values
     * @param length bytes of them
     * @param count number of values
     * @param token number of the call
     * @param timeoutMillis time allowed, negative for that of the reference
     * @param retries further attempts, negative for those of the reference
     * @param oneWay whether no answer is wanted
     * @param attachments packed attachments, or null
     * @param callbacks positions and handles of callback objects, or null
     */
    public static native void submit(long reference, int method, byte[] arguments, int length, int count, long token,
            long timeoutMillis, int retries, boolean oneWay, byte[] attachments, long[] callbacks);

    /**
     * Gives a call up; its outcome arrives as for every other.
     *
     * @param token number of the call
     */
    public static native void cancel(long token);

    /**
     * Closes a reference in the background.
     *
     * @param reference handle of the reference
     * @param timeoutMillis how long calls may go on
     * @param token number of the request
     */
    public static native void close(long reference, long timeoutMillis, long token);

    /**
     * Forgets a reference.
     *
     * @param reference handle of the reference
     */
    public static native void release(long reference);

    /**
     * Checks that values are whole and within the limits.
     *
     * @param body encoded values
     * @param offset where they begin
     * @param count how many there are
     * @return the offset behind them
     */
    public static native int measure(byte[] body, int offset, int count);

    /**
     * Lets what is logged arrive in the queue of events.
     *
     * @param level most detailed level: 0 nothing, 1 errors, 2 warnings, 3 information, 4 debugging, 5 traces
     */
    public static native void listenToLog(int level);

    /**
     * What this process holds on the native side.
     *
     * @return numbers of calls, references, calls of services, kept payloads; all 0 when nothing leaks
     */
    public static native long[] counters();
}
