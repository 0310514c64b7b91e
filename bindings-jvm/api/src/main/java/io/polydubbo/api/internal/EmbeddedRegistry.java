package io.polydubbo.api.internal;

import io.polydubbo.internal.RegistryNative;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The inside of an embedded registry. */
public final class EmbeddedRegistry {
    /** A registry runs until it is closed, also when the program holds nothing of it. */
    private static final Set<EmbeddedRegistry> RUNNING = ConcurrentHashMap.newKeySet();

    private final long handle;
    private final int port;
    private final String url;

    private EmbeddedRegistry(long handle) {
        this.handle = handle;
        this.port = RegistryNative.port(handle);
        this.url = RegistryNative.url(handle);
        RUNNING.add(this);
    }

    /**
     * Starts a registry.
     *
     * @param host IP address to listen on
     * @param port port; 0 takes a free one
     * @return the running registry
     */
    public static EmbeddedRegistry start(String host, int port) {
        Events.get();
        return new EmbeddedRegistry(RegistryNative.start(host, port));
    }

    /**
     * The port that the registry listens on.
     *
     * @return the port
     */
    public int port() {
        return port;
    }

    /**
     * Where it is found on this machine.
     *
     * @return the URL
     */
    public String url() {
        return url;
    }

    /** Stops the registry, the first time. */
    public void close() {
        if (!RUNNING.remove(this)) {
            return;
        }
        try {
            Events.get().request(token -> RegistryNative.close(handle, token));
        } finally {
            RegistryNative.release(handle);
        }
    }
}
