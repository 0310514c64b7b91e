package io.polydubbo.it.programs;

import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Leaves everything open, with calls in flight, and returns. */
public final class OpenAtEnd {
    /** What it serves. */
    public interface Sleeper {
        /** Never answers. */
        CompletableFuture<String> never();

        /** Answers at once. */
        String now();
    }

    private OpenAtEnd() {}

    /** Ends with status 0, or with the one given while other threads call. */
    public static void main(String[] args) throws Exception {
        Server server = Server.builder().host("127.0.0.1").port(0).service(Service.builder(Sleeper.class, new Sleeper() {
            @Override
            public CompletableFuture<String> never() {
                return new CompletableFuture<>();
            }

            @Override
            public String now() {
                return "now";
            }
        }).build()).start();
        Reference<Sleeper> reference = Reference.builder(Sleeper.class).url(server.url()).timeout(Duration.ofMinutes(10)).build();
        for (int i = 0; i < 20; i++) {
            reference.get().never();
        }
        System.out.println(reference.get().now());
        if (args.length > 0) {
            for (int i = 0; i < 16; i++) {
                Thread caller = new Thread(() -> {
                    while (true) {
                        reference.get().now();
                    }
                });
                caller.setDaemon(true);
                caller.start();
            }
            Thread.sleep(200);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("in the hook: " + reference.get().now())));
            System.exit(Integer.parseInt(args[0]));
        }
    }
}
