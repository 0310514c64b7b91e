package io.polydubbo.it;

import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.time.Duration;
import java.util.function.Consumer;

/** A server and a reference to it. */
final class Pair implements AutoCloseable {
    final GreeterService service = new GreeterService();
    final Server server;
    final Reference<Greeter> reference;
    final Greeter greeter;

    Pair() {
        this(server -> {}, reference -> {});
    }

    Pair(Consumer<Server.Builder> ofServer, Consumer<Reference.Builder<Greeter>> ofReference) {
        Server.Builder builder = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO);
        ofServer.accept(builder);
        server = builder.service(Service.builder(Greeter.class, service).build()).start();
        reference = refer(ofReference);
        greeter = reference.get();
    }

    Reference<Greeter> refer(Consumer<Reference.Builder<Greeter>> settings) {
        Reference.Builder<Greeter> builder = Reference.builder(Greeter.class).url(server.url()).application("test")
                .timeout(Duration.ofSeconds(20)).retries(0);
        settings.accept(builder);
        return builder.build();
    }

    @Override
    public void close() {
        reference.close(Duration.ZERO);
        server.close();
    }
}
