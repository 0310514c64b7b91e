package io.polydubbo.internal;

/** Kinds and flags of the records of references and servers; {@code bindings-jvm/src/event.rs} writes them. */
public final class Kinds {
    /** A call has its result; flags {@link #VALUE}, {@link #EXCEPTION}, {@link #ATTACHMENTS}, {@link #CHECKED}; payload: the body. */
    public static final int RESPONSE = 1;
    /** Something has failed: aux is the code; payload: message, details. */
    public static final int FAILURE = 2;
    /** Something was logged: aux is its level, token how many records were lost before it; payload: target, message. */
    public static final int LOG = 9;
    /** A service is called: owner is its number, token the number of the call, aux the milliseconds left or -1. */
    public static final int CALLED = 10;
    /** A reference is ready: aux is its handle. */
    public static final int REFERRED = 11;
    /** A server listens: aux is its handle; payload: port, URL. */
    public static final int STARTED = 12;
    /** Something without a value is done. */
    public static final int DONE = 13;
    /** A server has stopped: aux are the calls that were cut off. */
    public static final int STOPPED = 14;

    /** The result is a value. */
    public static final int VALUE = 1 << 2;
    /** The result is an exception. */
    public static final int EXCEPTION = 1 << 3;
    /** Attachments follow the result. */
    public static final int ATTACHMENTS = 1 << 4;
    /** The native side has checked the value or exception. */
    public static final int CHECKED = 1 << 5;
    /** Nobody waits for the answer of a call. */
    public static final int ONE_WAY = 1 << 2;

    private Kinds() {}
}
