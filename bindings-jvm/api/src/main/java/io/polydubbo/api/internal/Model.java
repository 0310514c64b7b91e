package io.polydubbo.api.internal;

import io.polydubbo.api.Callback;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is known of a Java interface: its methods, and which parameters are objects that are called back. */
public final class Model {
    private final Class<?> type;
    private final String name;
    /** By method and position: whether the method lets the object go. */
    private final Map<String, Map<Integer, Boolean>> callbacks = new LinkedHashMap<>();

    /**
     * What annotations say of an interface.
     *
     * @param type the interface
     * @param name its name on the wire
     */
    public Model(Class<?> type, String name) {
        this.type = type;
        this.name = name;
        for (Method method : methods()) {
            Parameter[] parameters = method.getParameters();
            for (int i = 0; i < parameters.length; i++) {
                Callback callback = parameters[i].getAnnotation(Callback.class);
                if (callback != null) {
                    callback(method.getName(), i, callback.release());
                }
            }
        }
    }

    /**
     * A parameter is an object that is called back.
     *
     * @param method name of the method
     * @param index position of the parameter
     * @param isReleased whether the method lets it go
     */
    public void callback(String method, int index, boolean isReleased) {
        callbacks.computeIfAbsent(method, key -> new LinkedHashMap<>()).put(index, isReleased);
    }

    /**
     * What the interface says about itself in URLs.
     *
     * @return settings by key
     */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        callbacks.forEach((method, all) -> all.forEach((index, isReleased) ->
                settings.put(method + "." + index + ".callback", !isReleased)));
        return settings;
    }

    /**
     * The codec for values of the interface.
     *
     * @param allowed further classes that the other side may send
     * @param prefixes beginnings of names of such classes
     * @return the codec
     */
    public HessianCodec codec(Collection<Class<?>> allowed, Collection<String> prefixes) {
        List<Class<?>> roots = new ArrayList<>(allowed);
        roots.add(type);
        Set<String> names = TypeScan.of(roots);
        ClassLoader loader = type.getClassLoader();
        return new HessianCodec(new ClassPolicy(names, prefixes), loader != null ? loader : Model.class.getClassLoader());
    }

    Class<?> type() {
        return type;
    }

    String name() {
        return name;
    }

    /** Positions of callback parameters of a method, and whether it lets the objects go. */
    Map<Integer, Boolean> callbacks(String method) {
        return callbacks.getOrDefault(method, Collections.emptyMap());
    }

    /** The methods that travel. */
    Collection<Method> methods() {
        Map<String, Method> found = new HashMap<>();
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                // An interface may narrow the result of a method that it inherits; both have one name on the wire.
                found.merge(method.getName() + Descriptors.of(method), method, (a, b) ->
                        a.getReturnType().isAssignableFrom(b.getReturnType()) ? b : a);
            }
        }
        return found.values();
    }

    /** Names and descriptors in turn. */
    String[] table() {
        return methods().stream().flatMap(method -> Arrays.asList(method.getName(), Descriptors.of(method)).stream()).toArray(String[]::new);
    }
}
