package io.polydubbo.peer.consumer;

import io.polydubbo.api.Reference;
import io.polydubbo.peer.Framework;
import io.polydubbo.peer.Options;
import io.polydubbo.peer.api.Behaviour;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The references of this consumer: one for each interface and set of parameters, made when first asked for. */
final class References {
    private final Options options;
    private final Map<String, Reference<?>> references = new ConcurrentHashMap<>();

    References(Options options) {
        this.options = options;
    }

    /** The service as a program uses it. */
    <T> T proxy(Class<T> type) {
        get(type, new HashMap<>());
        return type.cast(references.get(key(type, new HashMap<>())).get());
    }

    Object get(Class<?> type, Map<String, String> parameters) {
        return references.computeIfAbsent(key(type, parameters), key -> typed(type, parameters));
    }

    private <T> Reference<T> typed(Class<T> type, Map<String, String> parameters) {
        Reference.Builder<T> builder = Framework.described(Reference.builder(type));
        return build(type == Behaviour.class ? Framework.callbacks(builder) : builder, parameters);
    }

    Object generic(Class<?> type, Map<String, String> parameters) {
        String key = "generic " + key(type, parameters);
        return references.computeIfAbsent(key, k -> build(Reference.generic(type.getName()), parameters));
    }

    private static String key(Class<?> type, Map<String, String> parameters) {
        return type.getName() + new TreeMap<>(parameters);
    }

    private <T> Reference<T> build(Reference.Builder<T> builder, Map<String, String> parameters) {
        Map<String, String> settings = new HashMap<>();
        settings.put("timeout", options.get("timeout", "10000"));
        settings.put("retries", options.get("retries", "0"));
        settings.putAll(options.pairs("param"));
        settings.putAll(parameters);
        settings.forEach(builder::set);
        if (options.get("url", null) != null) {
            builder.url(options.get("url", null));
        }
        return Framework.common(builder, options).build();
    }
}
