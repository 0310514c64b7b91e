package io.polydubbo.api;

import io.polydubbo.api.internal.Client;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A service to be called.
 *
 * <pre>{@code
 * try (Reference<Greeter> greeter = Reference.builder(Greeter.class).url("dubbo://127.0.0.1:20880").build()) {
 *     greeter.get().sayHello("world");
 * }
 * }</pre>
 *
 * <p>A method that returns {@code CompletableFuture} returns at once; any other waits for its answer. Objects of this class and
 * their proxies may be used by many threads. An open reference does not keep the program running.
 *
 * @param <T> the Java interface
 */
public final class Reference<T> implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Client<T> client;
    private final T proxy;

    private Reference(Client<T> client) {
        this.client = client;
        this.proxy = client.proxy(CallOptions.none());
    }

    /**
     * Settings for a reference to a service whose Java interface this program has.
     *
     * @param type the interface
     * @param <T> the interface
     * @return a builder
     */
    public static <T> Builder<T> builder(Class<T> type) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(type.getName() + " is no interface");
        }
        return new Builder<>(type, type.getName());
    }

    /**
     * Settings for a reference to a service whose interface this program does not have.
     *
     * @param interfaceName name of the Java interface
     * @return a builder
     */
    public static Builder<GenericService> generic(String interfaceName) {
        return new Builder<>(GenericService.class, interfaceName);
    }

    /**
     * The service as an object of its interface.
     *
     * @return the proxy, always the same
     */
    public T get() {
        return proxy;
    }

    /**
     * The service with other options for the calls made through the result.
     *
     * @param options the options
     * @return a proxy
     */
    public T with(CallOptions options) {
        return client.proxy(options);
    }

    /**
     * Calls a method by the names of its parameter types, without a Java interface, and waits for the result. Objects in it are of
     * classes that this program has and has allowed; {@link #generic} has no such condition.
     *
     * @param method name of the method
     * @param types Java names of its parameter types, for example {@code int} and {@code java.util.List}
     * @param arguments one for each
     * @return the result
     * @throws Throwable what the method throws
     */
    public Object invoke(String method, String[] types, Object... arguments) throws Throwable {
        return client.invoke(CallOptions.none(), method, types, arguments);
    }

    /**
     * As {@link #invoke(String, String[], Object...)}, with options for the call.
     *
     * @param options the options
     * @param method name of the method
     * @param types Java names of its parameter types
     * @param arguments one for each
     * @return the result
     * @throws Throwable what the method throws
     */
    public Object invoke(CallOptions options, String method, String[] types, Object... arguments) throws Throwable {
        return client.invoke(options, method, types, arguments);
    }

    /**
     * As {@link #invoke(CallOptions, String, String[], Object...)}, without waiting.
     *
     * @param options the options
     * @param method name of the method
     * @param types Java names of its parameter types
     * @param arguments one for each
     * @return completed with the result
     */
    public CompletableFuture<Object> invokeAsync(CallOptions options, String method, String[] types, Object... arguments) {
        return client.invokeAsync(options, method, types, arguments);
    }

    /**
     * Whether a call would find a connected provider.
     *
     * @return true if so; false after close
     */
    public boolean isAvailable() {
        return client.isAvailable();
    }

    /** Leaves the registry, lets calls finish for ten seconds at most, and disconnects. Closing again does nothing. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }

    /**
     * Leaves the registry, lets calls finish, and disconnects. Calls that are left fail with {@code Closed}.
     *
     * @param timeout how long calls may go on
     */
    public void close(Duration timeout) {
        client.close(timeout);
    }

    /**
     * Settings of a reference.
     *
     * @param <T> the Java interface
     */
    public static final class Builder<T> extends InterfaceSettings<Builder<T>> {
        private final Class<T> type;
        private Executor executor;

        private Builder(Class<T> type, String name) {
            super(type, name);
            this.type = type;
        }

        @Override
        Builder<T> self() {
            return this;
        }

        /**
         * Addresses of providers instead of a registry.
         *
         * @param url {@code dubbo://127.0.0.1:20880}; several separated by semicolons
         * @return this builder
         */
        public Builder<T> url(String url) {
            return set("url", url);
        }

        /**
         * What happens when a call fails. Default: {@code failover}.
         *
         * @param name {@code failover}, {@code failfast} and what else Dubbo knows
         * @return this builder
         */
        public Builder<T> cluster(String name) {
            return set("cluster", name);
        }

        /**
         * How a provider is chosen. Default: {@code random}.
         *
         * @param name {@code random}, {@code roundrobin} and what else Dubbo knows
         * @return this builder
         */
        public Builder<T> loadBalance(String name) {
            return set("loadbalance", name);
        }

        /**
         * Whether building fails when no provider is there. Default: true.
         *
         * @param check whether to fail
         * @return this builder
         */
        public Builder<T> check(boolean check) {
            return set("check", check);
        }

        /**
         * Whether to connect only at the first call. Default: false.
         *
         * @param lazy whether to wait
         * @return this builder
         */
        public Builder<T> lazy(boolean lazy) {
            return set("lazy", lazy);
        }

        /**
         * Connections of this reference alone. Default: 0, which shares one with other references.
         *
         * @param count the number
         * @return this builder
         */
        public Builder<T> connections(int count) {
            return set("connections", count);
        }

        /**
         * Calls in flight at most; over it a call fails at once.
         *
         * @param count the number
         * @return this builder
         */
        public Builder<T> maxInFlight(int count) {
            return set("max.in.flight", count);
        }

        /**
         * Who completes futures and runs callbacks. Default: threads of this library, as many as are busy. {@code Runnable::run}
         * is the quickest, but then nothing that depends on a future may block.
         *
         * @param executor the executor
         * @return this builder
         */
        public Builder<T> executor(Executor executor) {
            this.executor = executor;
            return this;
        }

        /**
         * Makes the reference; waits until it is connected, unless it is lazy.
         *
         * @return the reference
         * @throws io.polydubbo.DubboException if a setting is wrong, or no provider is there
         */
        public Reference<T> build() {
            return new Reference<>(Client.refer(type, model, known(), custom(), model.codec(allowed, prefixes), executor));
        }
    }
}
