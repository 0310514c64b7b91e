package io.polydubbo.api;

import io.polydubbo.api.internal.EmbeddedRegistry;

/**
 * Dubbo's simple registry, kept in memory and served by this program: nothing to install, nothing to start.
 *
 * <pre>{@code
 * try (RegistryServer registry = RegistryServer.start("127.0.0.1", 0)) {
 *     Server server = Server.builder().port(0).registry(registry.url()).start();
 * }
 * }</pre>
 *
 * <p>It serves references and servers of PolyDubbo in all languages, and programs with Dubbo 2.7; Dubbo 3 has no client for it. A
 * client's entries end with its connection. When the registry restarts, clients publish again; while it is away they go on with the
 * providers that they know. A registry alone does not keep the program running.
 */
public final class RegistryServer implements AutoCloseable {
    private final EmbeddedRegistry registry;

    private RegistryServer(EmbeddedRegistry registry) {
        this.registry = registry;
    }

    /**
     * Listens.
     *
     * @param host IP address to listen on: {@code 127.0.0.1} cannot be reached from other machines; {@code 0.0.0.0} can, by everybody,
     *     because there is no access control
     * @param port where to listen: Dubbo's default is 9090; 0 takes a free one
     * @return the running registry
     * @throws io.polydubbo.DubboException if the host is no IP address, or cannot be listened on
     */
    public static RegistryServer start(String host, int port) {
        return new RegistryServer(EmbeddedRegistry.start(host, port));
    }

    /**
     * The port that the registry listens on.
     *
     * @return the port
     */
    public int port() {
        return registry.port();
    }

    /**
     * The setting {@code registry} of references and servers on this machine.
     *
     * @return {@code dubbo://host:port}
     */
    public String url() {
        return registry.url();
    }

    /** Stops listening and disconnects all clients; takes a second at most. */
    @Override
    public void close() {
        registry.close();
    }
}
