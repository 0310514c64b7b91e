package io.polydubbo.peer.consumer;

import io.polydubbo.peer.Callbacks;
import io.polydubbo.peer.DubboConfig;
import io.polydubbo.peer.Options;
import io.polydubbo.peer.api.Behaviour;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.service.GenericService;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The references of this consumer: one for each interface and set of parameters, made when first asked for. */
final class References {
    private final Options options;
    private final DubboBootstrap bootstrap;
    private final Map<String, Object> proxies = new ConcurrentHashMap<>();

    References(Options options) throws Exception {
        this.options = options;
        this.bootstrap = DubboConfig.bootstrap(options);
        bootstrap.start();
    }

    Object get(Class<?> type, Map<String, String> parameters) {
        return proxies.computeIfAbsent(key(type, parameters), key -> refer(type, parameters, false));
    }

    /** The service as a program uses it. */
    <T> T proxy(Class<T> type) {
        return type.cast(get(type, new HashMap<>()));
    }

    GenericService generic(Class<?> type, Map<String, String> parameters) {
        String key = "generic " + key(type, parameters);
        return (GenericService) proxies.computeIfAbsent(key, k -> refer(type, parameters, true));
    }

    private static String key(Class<?> type, Map<String, String> parameters) {
        return type.getName() + new TreeMap<>(parameters);
    }

    private Object refer(Class<?> type, Map<String, String> parameters, boolean generic) {
        Map<String, String> rest = new HashMap<>(options.pairs("param"));
        rest.putAll(parameters);
        ReferenceConfig<Object> reference = new ReferenceConfig<>();
        reference.setTimeout(Integer.valueOf(take(rest, "timeout", options.get("timeout", "10000"))));
        reference.setRetries(Integer.valueOf(take(rest, "retries", options.get("retries", "0"))));
        reference.setGroup(take(rest, "group", null));
        reference.setVersion(take(rest, "version", null));
        reference.setCheck(Boolean.valueOf(take(rest, "check", "true")));
        String url = options.get("url", null);
        reference.setUrl(url);
        if (url != null && type == Behaviour.class && !generic) {
            reference.setMethods(Callbacks.methods());
        }
        reference.setProtocol("dubbo");
        if (generic) {
            reference.setInterface(type.getName());
            reference.setGeneric("true");
        } else {
            reference.setInterface(type);
        }
        reference.setParameters(rest);
        return reference.get();
    }

    private static String take(Map<String, String> parameters, String key, String fallback) {
        String value = parameters.remove(key);
        return value == null ? fallback : value;
    }
}
