package io.polydubbo.internal;

/** The native methods of servers; {@code bindings-jvm/src/server.rs} describes them. Arrays of pairs hold both in turn. */
public final class ServerNative {
    private ServerNative() {}

    /**
     * Describes a service.
     *
     * @param number the owner of its calls
     * @param pairs settings and their values
     * @param custom settings of the user's own
     * @param methods names and descriptors; every method is taken without any
     * @return its handle, for one server
     */
    public static native long service(long number, String[] pairs, String[] custom, String[] methods);

    /**
     * Forgets a service that no server took.
     *
     * @param service handle of the service
     */
    public static native void releaseService(long service);

    /**
     * Starts a server in the background.
     *
     * @param pairs settings and their values
     * @param custom settings of the user's own
     * @param services handles of services, which the server takes
     * @param token number of the request
     */
    public static native void start(String[] pairs, String[] custom, long[] services, long token);

    /**
     * Offers one more service.
     *
     * @param server handle of the server
     * @param service handle of the service, which the server takes
     * @param token number of the request
     */
    public static native void export(long server, long service, long token);

    /**
     * Registers the services of a server, or withdraws them.
     *
     * @param server handle of the server
     * @param online whether to register
     * @param token number of the request
     */
    public static native void setOnline(long server, boolean online, long token);

    /**
     * Calls that have no answer yet.
     *
     * @param server handle of the server
     * @return their number
     */
    public static native int running(long server);

    /**
     * Stops a server without losing a call.
     *
     * @param server handle of the server
     * @param token number of the request
     */
    public static native void close(long server, long token);

    /**
     * Forgets a server.
     *
     * @param server handle of the server
     */
    public static native void release(long server);

    /**
     * Answers a call, unless that was done.
     *
     * @param call number of the call
     * @param exception whether the method threw
     * @param value encoded value or exception, null for null
     * @param length bytes of it
     * @param attachments packed attachments, or null
     */
    public static native void reply(long call, boolean exception, byte[] value, int length, byte[] attachments);

    /**
     * Answers that a call could not be run, unless it was answered.
     *
     * @param call number of the call
     * @param code number of an error code that stands for a status
     * @param message the cause
     */
    public static native void refuse(long call, int code, String message);
}
