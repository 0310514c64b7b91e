package io.polydubbo.api;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Settings that references, services and servers share. Every setting of Dubbo can be given under its own key with {@link #set};
 * unknown keys and wrong values are refused when the object is made.
 *
 * @param <B> the builder
 */
public abstract class Settings<B extends Settings<B>> {
    private final Map<String, String> known = new LinkedHashMap<>();
    private final Map<String, String> custom = new LinkedHashMap<>();

    Settings() {}

    abstract B self();

    /**
     * Any setting by its Dubbo key.
     *
     * @param key the key, for example {@code heartbeat.timeout}
     * @param value the value; times are milliseconds, sizes bytes
     * @return this builder
     */
    public B set(String key, Object value) {
        known.put(key, String.valueOf(value));
        return self();
    }

    /**
     * A setting of the program's own, which travels in URLs but means nothing to Dubbo.
     *
     * @param key the key
     * @param value the value
     * @return this builder
     */
    public B parameter(String key, Object value) {
        custom.put(key, String.valueOf(value));
        return self();
    }

    /**
     * Name of this application, shown in consoles and sent as {@code remote.application}.
     *
     * @param name the name
     * @return this builder
     */
    public B application(String name) {
        return set("application", name);
    }

    /**
     * Address of the registry.
     *
     * @param address {@code zookeeper://127.0.0.1:2181}, {@code dubbo://127.0.0.1:9090}, or {@code N/A} for none
     * @return this builder
     */
    public B registry(String address) {
        return set("registry", address);
    }

    /**
     * Time without traffic after which a connection is checked.
     *
     * @param interval the interval
     * @return this builder
     */
    public B heartbeat(Duration interval) {
        return set("heartbeat", interval.toMillis());
    }

    /**
     * Largest body of a request or response.
     *
     * @param bytes the limit
     * @return this builder
     */
    public B payload(int bytes) {
        return set("payload", bytes);
    }

    String[] known() {
        return pairs(known);
    }

    String[] custom() {
        return pairs(custom);
    }

    private static String[] pairs(Map<String, String> settings) {
        return settings.entrySet().stream().flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new);
    }
}
