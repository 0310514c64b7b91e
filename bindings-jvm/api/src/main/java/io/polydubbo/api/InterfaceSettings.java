package io.polydubbo.api;

import io.polydubbo.api.internal.Model;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings of one Java interface, on either side.
 *
 * @param <B> the builder
 */
public abstract class InterfaceSettings<B extends InterfaceSettings<B>> extends Settings<B> {
    final Model model;
    final List<Class<?>> allowed = new ArrayList<>();
    final List<String> prefixes = new ArrayList<>();

    InterfaceSettings(Class<?> type, String name) {
        model = new Model(type, name);
        set("interface", name);
    }

    /**
     * Which of several groups of the same service.
     *
     * @param group the group
     * @return this builder
     */
    public B group(String group) {
        return set("group", group);
    }

    /**
     * Which version of the service.
     *
     * @param version the version
     * @return this builder
     */
    public B version(String version) {
        return set("version", version);
    }

    /**
     * Time allowed for an attempt; of a service, what its consumers use unless told otherwise. Default: 1 second.
     *
     * @param timeout the time
     * @return this builder
     */
    public B timeout(Duration timeout) {
        return set("timeout", timeout.toMillis());
    }

    /**
     * Further attempts after the first, for calls that may be repeated. Default: 2.
     *
     * @param count the number
     * @return this builder
     */
    public B retries(int count) {
        return set("retries", count);
    }

    /**
     * A setting of a single method.
     *
     * @param method Java name of the method
     * @param key Dubbo key of the setting
     * @param value the value
     * @return this builder
     */
    public B method(String method, String key, Object value) {
        return set(method + "." + key, value);
    }

    /**
     * Allows the other side to send objects of classes that the interface does not show: subclasses, exceptions that no method
     * declares, contents of {@code Object}. Their fields are allowed with them.
     *
     * @param classes the classes
     * @return this builder
     */
    public B allow(Class<?>... classes) {
        for (Class<?> type : classes) {
            allowed.add(type);
        }
        return self();
    }

    /**
     * Allows the other side to send objects of all classes whose names begin so. Name only packages that hold nothing but data.
     *
     * @param prefix beginning of the names, for example {@code com.acme.model.}
     * @return this builder
     */
    public B allowPackage(String prefix) {
        prefixes.add(prefix);
        return self();
    }

    /**
     * A parameter takes an object of the caller that the service calls back; see {@link Callback}.
     *
     * @param method Java name of the method
     * @param index position of the parameter, from 0
     * @return this builder
     */
    public B callback(String method, int index) {
        model.callback(method, index, false);
        return self();
    }

    /**
     * A parameter lets an object of the caller go; see {@link Callback#release()}.
     *
     * @param method Java name of the method
     * @param index position of the parameter, from 0
     * @return this builder
     */
    public B releasedCallback(String method, int index) {
        model.callback(method, index, true);
        return self();
    }

    /** All settings, with what the interface itself says. */
    @Override
    String[] known() {
        model.settings().forEach(this::set);
        return super.known();
    }
}
