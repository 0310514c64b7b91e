package io.polydubbo.peer.provider;

import io.polydubbo.peer.Callbacks;
import io.polydubbo.peer.DubboConfig;
import io.polydubbo.peer.Options;
import io.polydubbo.peer.Peer;
import io.polydubbo.peer.api.AllTypes;
import io.polydubbo.peer.api.Behaviour;
import io.polydubbo.peer.api.JavaValues;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;

/**
 * Exports all services, {@link Behaviour} once more as group {@code blue}, version {@code 2.0.0}.
 *
 * <p>Ends, with Dubbo's own graceful shutdown, on SIGTERM and when standard input ends.
 */
public final class Provider {
    private final Options options;

    public Provider(Options options) {
        this.options = options;
    }

    public void run() throws Exception {
        int port = port();
        DubboBootstrap bootstrap = DubboConfig.bootstrap(options)
                .protocol(protocol(port))
                .service(service(AllTypes.class, Echo.service()))
                .service(behaviour())
                .service(blue())
                .service(service(JavaValues.class, new JavaValuesService()));
        bootstrap.start();
        Peer.say("READY port=" + port);
        Peer.awaitEndOfInput();
        System.exit(0);
    }

    /** Dubbo's own choice of a free port would not tell us which it took. */
    private int port() throws IOException {
        int port = options.number("port", 0);
        if (port > 0) {
            return port;
        }
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private ProtocolConfig protocol(int port) {
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        Map<String, String> parameters = new HashMap<>();
        // Between themselves 3.2 peers would use fastjson2, which is not what this matrix is about.
        parameters.put("prefer.serialization", "hessian2");
        parameters.putAll(options.pairs("param"));
        protocol.setParameters(parameters);
        if (options.get("host", null) != null) {
            protocol.setHost(options.get("host", null));
        }
        if (options.get("heartbeat", null) != null) {
            protocol.setHeartbeat(options.number("heartbeat", 0));
        }
        return protocol;
    }

    private <T> ServiceConfig<T> service(Class<T> type, T implementation) {
        ServiceConfig<T> service = new ServiceConfig<>();
        service.setInterface(type);
        service.setRef(implementation);
        service.setId(type.getSimpleName());
        return service;
    }

    private ServiceConfig<Behaviour> behaviour() {
        ServiceConfig<Behaviour> service = service(Behaviour.class, new BehaviourService());
        service.setCallbacks(1000);
        service.setMethods(Callbacks.methods());
        return service;
    }

    private ServiceConfig<Behaviour> blue() {
        ServiceConfig<Behaviour> service = behaviour();
        service.setId("blue");
        service.setGroup("blue");
        service.setVersion("2.0.0");
        return service;
    }
}
