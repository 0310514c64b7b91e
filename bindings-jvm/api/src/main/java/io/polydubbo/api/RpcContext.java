package io.polydubbo.api;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What surrounds a call: attachments, the caller, the time left. In a service {@link #current()} describes the request that is
 * served; calls made on its thread carry its attachments on, as Dubbo does.
 */
public final class RpcContext {
    private static final ThreadLocal<RpcContext> CURRENT = new ThreadLocal<>();

    /** Keys of the protocol itself: they describe one hop and are never carried on to the next. */
    private static final Set<String> ONE_HOP = new HashSet<>(Arrays.asList("path", "interface", "group", "version", "dubbo", "token",
            "timeout", "_TO", "_to", "async", "dubbo.tag", "dubbo.force.tag", "input", "output", "id", "generic",
            "callback.service.instid", "remote.application"));

    private final Request request;
    private final Map<String, Object> attachments;
    private final Map<String, Object> reply = Collections.synchronizedMap(new LinkedHashMap<>());

    private RpcContext(Request request, Map<String, Object> attachments) {
        this.request = request;
        this.attachments = Collections.unmodifiableMap(attachments);
    }

    /** A request that a service is serving. */
    public static final class Request {
        private final String service;
        private final String method;
        private final String remote;
        private final String local;
        private final Map<String, Object> attachments;
        private final long deadline;

        /**
         * A request as it arrived.
         *
         * @param service name of the Java interface
         * @param method name of the method
         * @param remote address of the caller, {@code host:port}
         * @param local address of this side, {@code host:port}
         * @param attachments what the caller attached
         * @param deadline when the caller gives up, on the clock of {@link System#nanoTime()}; {@code Long.MAX_VALUE} if unknown
         */
        public Request(String service, String method, String remote, String local, Map<String, Object> attachments, long deadline) {
            this.service = service;
            this.method = method;
            this.remote = remote;
            this.local = local;
            this.attachments = attachments;
            this.deadline = deadline;
        }

        /**
         * Name of the Java interface that is called.
         *
         * @return the name
         */
        public String service() {
            return service;
        }

        /**
         * Name of the method that is called.
         *
         * @return the name
         */
        public String method() {
            return method;
        }

        /**
         * Address of the caller.
         *
         * @return {@code host:port}
         */
        public String remoteAddress() {
            return remote;
        }

        /**
         * Address of this side of the connection.
         *
         * @return {@code host:port}
         */
        public String localAddress() {
            return local;
        }

        /**
         * Name of the calling application.
         *
         * @return the name, null when the caller does not say it
         */
        public String remoteApplication() {
            Object name = attachments.get("remote.application");
            return name instanceof String ? (String) name : null;
        }

        /**
         * What the caller attached.
         *
         * @return values by key
         */
        public Map<String, Object> attachments() {
            return attachments;
        }

        /**
         * Time until the caller gives up.
         *
         * @return milliseconds, never negative; {@code Long.MAX_VALUE} when the caller did not say
         */
        public long remainingMillis() {
            return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
        }
    }

    /** Ends with {@link #close()}, in a try-with-resources statement. */
    public static final class Scope implements AutoCloseable {
        private final RpcContext before;

        private Scope(RpcContext context) {
            before = CURRENT.get();
            CURRENT.set(context);
        }

        /** Brings back the context from before. */
        @Override
        public void close() {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }

    /**
     * The context of this thread.
     *
     * @return the context, null outside services and scopes
     */
    public static RpcContext current() {
        return CURRENT.get();
    }

    /**
     * Attaches something to all calls that this thread makes until the scope is closed.
     *
     * @param key key of the attachment
     * @param value its value, mostly a text
     * @return to be closed on this thread
     */
    public static Scope attach(String key, Object value) {
        RpcContext outer = CURRENT.get();
        Map<String, Object> all = new LinkedHashMap<>(outer == null ? Collections.emptyMap() : outer.attachments);
        all.put(key, value);
        return new Scope(new RpcContext(outer == null ? null : outer.request, all));
    }

    /**
     * Makes this thread one that serves a request.
     *
     * @param request the request
     * @return to be closed on this thread
     */
    public static Scope serve(Request request) {
        Map<String, Object> carried = new LinkedHashMap<>(request.attachments);
        carried.keySet().removeIf(key -> ONE_HOP.contains(key) || key.startsWith("sys_callback_arg-"));
        return new Scope(new RpcContext(request, carried));
    }

    /**
     * The request that is served.
     *
     * @return the request, null outside services
     */
    public Request request() {
        return request;
    }

    /**
     * What calls made here carry.
     *
     * @return values by key
     */
    public Map<String, Object> attachments() {
        return attachments;
    }

    /**
     * What is sent back with the answer of the request that is served. Keep the context to set entries from other threads.
     *
     * @return values by key, to be set freely until the method has its result
     */
    public Map<String, Object> reply() {
        return reply;
    }
}
