package io.polydubbo.peer;

import io.polydubbo.api.InterfaceSettings;
import io.polydubbo.api.Settings;

/** PolyDubbo's Java API. */
public final class Framework {
    private Framework() {}

    /** Nothing to prepare. */
    static void prepare() {}

    /** Provokes the faults that all languages have. */
    static void faults(Options options) throws Exception {
        new Faults(options).run();
    }

    /** What a provider and a consumer configure alike. */
    public static <B extends Settings<B>> B common(B builder, Options options) {
        return builder.application(options.get("name", "jvm-peer")).registry(options.get("registry", "N/A"));
    }

    /** What both sides know of the interfaces: callbacks, and classes that the signatures do not show. */
    public static <B extends InterfaceSettings<B>> B described(B builder) {
        return builder.allowPackage("io.polydubbo.peer.api.");
    }

    /** The callback parameters of {@link io.polydubbo.peer.api.Behaviour}. */
    public static <B extends InterfaceSettings<B>> B callbacks(B builder) {
        return builder.callback("tell", 2).callback("subscribe", 1).releasedCallback("unsubscribe", 1);
    }
}
