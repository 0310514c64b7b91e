package io.polydubbo.peer;

import org.apache.dubbo.config.ArgumentConfig;
import org.apache.dubbo.config.MethodConfig;

import java.util.Arrays;
import java.util.List;

/** Which parameters of {@link io.polydubbo.peer.api.Behaviour} are callbacks. */
public final class Callbacks {
    private Callbacks() {}

    /** For the provider, which publishes it, and for a consumer without a registry, which cannot read it there. */
    public static List<MethodConfig> methods() {
        return Arrays.asList(
                callback("tell", 2, true), callback("subscribe", 1, true), callback("unsubscribe", 1, false));
    }

    private static MethodConfig callback(String name, int index, boolean create) {
        ArgumentConfig argument = new ArgumentConfig();
        argument.setIndex(index);
        argument.setCallback(create);
        MethodConfig method = new MethodConfig();
        method.setName(name);
        method.setArguments(Arrays.asList(argument));
        return method;
    }
}
