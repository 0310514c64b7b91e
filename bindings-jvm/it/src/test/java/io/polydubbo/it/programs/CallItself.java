package io.polydubbo.it.programs;

import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Serves and calls in one program; prints what it got. Runs anywhere by reflection: {@code run} has no types of its own. */
public final class CallItself implements Runnable {
    /** What it serves. */
    public interface Shop {
        /** A value of a class of its own. */
        Item find(String name);

        /** The same, later. */
        CompletableFuture<Item> findLater(String name);
    }

    /** A value. */
    public static class Item implements Serializable {
        private static final long serialVersionUID = 1;
        /** Its name. */
        public String name;
    }

    /** Prints one line for each step. */
    public static void main(String[] args) {
        new CallItself().run();
    }

    @Override
    public void run() {
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO)
                .service(Service.builder(Shop.class, new Counter()).build()).start();
                Reference<Shop> shop = Reference.builder(Shop.class).url(server.url()).timeout(Duration.ofSeconds(20)).build()) {
            System.out.println(shop.get().find("a").name + " " + shop.get().findLater("b").thenApply(item -> item.name).join()
                    + " " + getClass().getClassLoader().getClass().getSimpleName());
        }
    }

    private static final class Counter implements Shop {
        @Override
        public Item find(String name) {
            Item item = new Item();
            item.name = "found " + name;
            return item;
        }

        @Override
        public CompletableFuture<Item> findLater(String name) {
            return CompletableFuture.supplyAsync(() -> find(name));
        }
    }
}
