package io.polydubbo.internal;

/** The native methods of embedded registries; {@code bindings-jvm/src/registry_server.rs} describes them. */
public final class RegistryNative {
    private RegistryNative() {}

    /**
     * Listens.
     *
     * @param host IP address
     * @param port port; 0 takes a free one
     * @return handle of the registry
     */
    public static native long start(String host, int port);

    /**
     * The port that a registry listens on.
     *
     * @param registry handle of the registry
     * @return the port
     */
    public static native int port(long registry);

    /**
     * Where references and servers on this machine find a registry.
     *
     * @param registry handle of the registry
     * @return the URL
     */
    public static native String url(long registry);

    /**
     * Stops a registry.
     *
     * @param registry handle of the registry
     * @param token number of the request
     */
    public static native void close(long registry, long token);

    /**
     * Forgets a registry.
     *
     * @param registry handle of the registry
     */
    public static native void release(long registry);
}
