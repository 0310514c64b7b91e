package com.acme;

import io.polydubbo.api.Server;
import io.polydubbo.api.Service;

/** Serves the greeter until SIGTERM: {@code java com.acme.Provider [port] [registry]}. */
public final class Provider {
    private Provider() {}

    public static void main(String[] args) throws InterruptedException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 20880;
        String registry = args.length > 1 ? args[1] : "N/A";

        Service greeter = Service.builder(Greeter.class, new GreeterService()).version("1.0.0").build();
        Server server = Server.builder().application("greeter-provider").port(port).registry(registry).service(greeter).start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        System.out.println("serving on port " + server.port());
        server.awaitClose();
    }
}
