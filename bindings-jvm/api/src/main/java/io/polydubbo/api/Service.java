package io.polydubbo.api;

import io.polydubbo.api.internal.Exported;

/**
 * An object that serves the calls of a Java interface. Methods may return {@code CompletableFuture} or {@code CompletionStage};
 * what these complete with is the answer.
 */
public final class Service {
    private final Exported exported;

    private Service(Exported exported) {
        this.exported = exported;
    }

    /**
     * Settings for a service.
     *
     * @param type the Java interface
     * @param implementation the object that serves it
     * @param <T> the interface
     * @return a builder
     */
    public static <T> Builder builder(Class<T> type, T implementation) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(type.getName() + " is no interface");
        }
        return new Builder(type, implementation);
    }

    Exported exported() {
        return exported;
    }

    /** Settings of a service. */
    public static final class Builder extends InterfaceSettings<Builder> {
        private final Object implementation;

        private Builder(Class<?> type, Object implementation) {
            super(type, type.getName());
            this.implementation = implementation;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Share of the calls that this provider gets. Default: 100.
         *
         * @param weight the weight
         * @return this builder
         */
        public Builder weight(int weight) {
            return set("weight", weight);
        }

        /**
         * A secret that consumers must know; they learn it from the registry.
         *
         * @param token the secret
         * @return this builder
         */
        public Builder token(String token) {
            return set("token", token);
        }

        /**
         * Calls that may run at once; over it a call is refused before Java sees it. Default: 0, no limit.
         *
         * @param count the number
         * @return this builder
         */
        public Builder executes(int count) {
            return set("executes", count);
        }

        /**
         * Makes the service.
         *
         * @return the service, for one server
         */
        public Service build() {
            return new Service(new Exported(model, implementation, known(), custom(), model.codec(allowed, prefixes)));
        }
    }
}
