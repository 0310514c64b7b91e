package io.polydubbo.peer.consumer;

import java.util.Map;

/** What one call gave: a value or a throwable, and the attachments of the answer. */
final class Outcome {
    private static final String[] CODES = {
        "UNKNOWN", "NETWORK", "TIMEOUT", "BIZ", "FORBIDDEN", "SERIALIZATION", "NO_INVOKER_AVAILABLE_AFTER_FILTER",
        "LIMIT_EXCEEDED", "TIMEOUT_TERMINATE", "REGISTRY", "ROUTER_CACHE_NOT_BUILD", "METHOD_NOT_FOUND", "VALIDATION",
        "AUTHORIZATION"
    };

    final Object value;
    final Throwable thrown;
    final Map<String, ?> attachments;
    final long ms;

    Outcome(Object value, Throwable thrown, Map<String, ?> attachments, long ms) {
        this.value = value;
        this.thrown = thrown;
        this.attachments = attachments;
        this.ms = ms;
    }

    /** The name of the RpcException's code; null if the call gave a value or an exception of the service. */
    String error() {
        int code = Rpc.code(thrown);
        return code < 0 ? null : CODES[code];
    }

    String describe() {
        return thrown == null ? Text.of(value) : describe(thrown);
    }

    static String describe(Throwable thrown) {
        String text = thrown.getClass().getName() + ": " + thrown.getMessage();
        int code = Rpc.code(thrown);
        if (code >= 0) {
            text = CODES[code] + " " + text;
        }
        return text.length() > 2000 ? text.substring(0, 2000) + "..." : text;
    }
}
