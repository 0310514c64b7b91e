package io.polydubbo.peer.provider;

import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import io.polydubbo.peer.Framework;
import io.polydubbo.peer.Options;
import io.polydubbo.peer.Peer;
import io.polydubbo.peer.api.AllTypes;
import io.polydubbo.peer.api.Behaviour;

/**
 * Exports both services, and {@link Behaviour} once more as group {@code blue}, version {@code 2.0.0}.
 *
 * <p>Ends gracefully on SIGTERM and when standard input ends.
 */
public final class Provider {
    private final Options options;

    public Provider(Options options) {
        this.options = options;
    }

    public void run() throws Exception {
        Server.Builder builder = Framework.common(Server.builder(), options).port(options.number("port", 0));
        if (options.get("host", null) != null) {
            builder.host(options.get("host", null));
        }
        if (options.get("heartbeat", null) != null) {
            builder.set("heartbeat", options.number("heartbeat", 0));
        }
        Server server = builder
                .service(described(Service.builder(AllTypes.class, Echo.service())).build())
                .service(behaviour().build())
                .service(behaviour().group("blue").version("2.0.0").build())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        Peer.say("READY port=" + server.port());
        Peer.awaitEndOfInput();
        System.exit(0);
    }

    private Service.Builder behaviour() {
        Service.Builder builder = Service.builder(Behaviour.class, new BehaviourService());
        return Framework.callbacks(described(builder)).set("callbacks", 1000);
    }

    private Service.Builder described(Service.Builder builder) {
        options.pairs("param").forEach(builder::set);
        return Framework.described(builder);
    }
}
