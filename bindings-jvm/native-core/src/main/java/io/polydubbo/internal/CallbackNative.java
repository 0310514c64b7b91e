package io.polydubbo.internal;

/** The native methods of callback objects; {@code bindings-jvm/src/callback.rs} describes them. */
public final class CallbackNative {
    private CallbackNative() {}

    /**
     * Describes an object of this side that a provider may call.
     *
     * @param number the owner of its calls
     * @param interfaceName its Java interface
     * @param methods names and descriptors in turn
     * @return its handle
     */
    public static native long create(long number, String interfaceName, String[] methods);

    /**
     * Forgets an object of this side; connections that know it keep it.
     *
     * @param callback handle of the object
     */
    public static native void release(long callback);

    /**
     * Gives a method of a caller's object its number.
     *
     * @param proxy handle of the object
     * @param name Java name
     * @param descriptor of its parameters
     * @return the number
     */
    public static native int method(long proxy, String name, String descriptor);

    /**
     * Whether the connection to a caller's object lives.
     *
     * @param proxy handle of the object
     * @return true if so
     */
    public static native boolean isOpen(long proxy);

    /**
     * Calls a caller's object; the outcome arrives with its token.
     *
     * @param proxy handle of the object
     * @param method number of the method
     * @param arguments encoded values
     * @param length bytes of them
     * @param count number of values
     * @param token number of the call
     * @param timeoutMillis time allowed, negative for the service's own
     * @param attachments packed attachments, or null
     */
    public static native void submit(long proxy, int method, byte[] arguments, int length, int count, long token,
            long timeoutMillis, byte[] attachments);

    /**
     * Forgets a caller's object.
     *
     * @param proxy handle of the object
     */
    public static native void releaseProxy(long proxy);
}
