package io.polydubbo.api;

import io.polydubbo.api.internal.Exported;
import io.polydubbo.api.internal.Provider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Listens on a port and serves services.
 *
 * <pre>{@code
 * try (Server server = Server.builder().port(20880).service(Service.builder(Greeter.class, new GreeterImpl()).build()).start()) {
 *     server.awaitClose();
 * }
 * }</pre>
 *
 * <p>A server alone does not keep the program running; {@link #awaitClose()} does.
 */
public final class Server implements AutoCloseable {
    private final Provider provider;

    private Server(Provider provider) {
        this.provider = provider;
    }

    /**
     * Settings for a server.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Offers one more service, and waits until it is registered.
     *
     * @param service the service
     */
    public void export(Service service) {
        provider.export(service.exported());
    }

    /**
     * The port that the server listens on.
     *
     * @return the port
     */
    public int port() {
        return provider.port();
    }

    /**
     * An address for references on this machine.
     *
     * @return {@code dubbo://host:port}
     */
    public String url() {
        return provider.url();
    }

    /**
     * Calls that have no answer yet.
     *
     * @return their number
     */
    public int running() {
        return provider.running();
    }

    /** Withdraws the services from the registry; the server goes on serving. */
    public void offline() {
        provider.setOnline(false);
    }

    /** Registers the services again. */
    public void online() {
        provider.setOnline(true);
    }

    /**
     * Waits until the server is closed, by another thread or a shutdown hook.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitClose() throws InterruptedException {
        provider.awaitClose();
    }

    /** Stops without losing a call: withdraws from the registry, tells consumers, waits for calls that run, then disconnects. */
    @Override
    public void close() {
        shutdown();
    }

    /**
     * As {@link #close()}.
     *
     * @return number of calls that were cut off because they took longer than {@code shutdown.wait}
     */
    public long shutdown() {
        return provider.close();
    }

    /** Settings of a server. */
    public static final class Builder extends Settings<Builder> {
        private final List<Service> services = new ArrayList<>();
        private Executor executor;
        private int threads = Provider.DEFAULT_THREADS;
        private int queues;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Port to listen on. Default: 20880; 0 takes a free one.
         *
         * @param port the port
         * @return this builder
         */
        public Builder port(int port) {
            return set("port", port);
        }

        /**
         * Address to listen on and to publish. Default: all addresses, and this machine's own.
         *
         * @param host the address
         * @return this builder
         */
        public Builder host(String host) {
            return set("host", host);
        }

        /**
         * Connections at most. Default: no limit.
         *
         * @param count the number
         * @return this builder
         */
        public Builder accepts(int count) {
            return set("accepts", count);
        }

        /**
         * Limit of the whole shutdown. Default: 10 seconds.
         *
         * @param limit the limit
         * @return this builder
         */
        public Builder shutdownWait(Duration limit) {
            return set("shutdown.wait", limit.toMillis());
        }

        /**
         * How long a stopping server goes on serving so that consumers can notice.
         *
         * @param time the time
         * @return this builder
         */
        public Builder shutdownNotice(Duration time) {
            return set("shutdown.notice", time.toMillis());
        }

        /**
         * Threads that run services. Default: 200, as Dubbo has it; they are started when they are needed. A call that finds all of
         * them busy is refused, so that its consumer asks another provider.
         *
         * @param count the number
         * @return this builder
         */
        public Builder threads(int count) {
            threads = count;
            return this;
        }

        /**
         * Calls that may wait for a thread. Default: 0.
         *
         * @param count the number
         * @return this builder
         */
        public Builder queues(int count) {
            queues = count;
            return this;
        }

        /**
         * Runs services instead of the server's own threads. A call that it rejects is refused. It is not shut down with the server.
         *
         * @param executor the executor; must not run tasks on the calling thread if services block
         * @return this builder
         */
        public Builder executor(Executor executor) {
            this.executor = executor;
            return this;
        }

        /**
         * A service to be offered.
         *
         * @param service the service
         * @return this builder
         */
        public Builder service(Service service) {
            services.add(service);
            return this;
        }

        /**
         * Listens, offers the services and registers them.
         *
         * @return the running server
         * @throws io.polydubbo.DubboException if a setting is wrong, the port is taken, or the registry cannot be reached
         */
        public Server start() {
            List<Exported> exported = new ArrayList<>();
            services.forEach(service -> exported.add(service.exported()));
            return new Server(Provider.start(known(), custom(), exported, executor, threads, queues));
        }
    }
}
