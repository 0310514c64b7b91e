package com.acme;

import io.polydubbo.api.Reference;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/** Calls the shop, whoever serves it: {@code java com.acme.ShopConsumer dubbo://127.0.0.1:9090}. */
public final class ShopConsumer {
    private ShopConsumer() {}

    public static void main(String[] args) throws SoldOutException {
        String registry = args.length > 0 ? args[0] : "dubbo://127.0.0.1:9090";
        try (Reference<Shop> reference = Reference.builder(Shop.class).registry(registry).application("java-customer").build()) {
            Shop shop = reference.get();
            System.out.println("greet(\"Java\")        -> " + shop.greet("Java"));

            Receipt receipt = shop.order(new Order("tea", 3));
            System.out.printf(Locale.ROOT, "order(3 x tea)       -> receipt %d over %.2f%n", receipt.number, receipt.total);

            try {
                shop.order(new Order("gold", 1));
            } catch (SoldOutException soldOut) {
                System.out.println("order(1 x gold)      -> " + soldOut);
            }

            // From as many threads as the machine has to spare.
            long answers = IntStream.range(0, 100).parallel().mapToObj(number -> shop.greet("no. " + number)).filter(Objects::nonNull).count();
            System.out.println("100 calls at a time  -> " + answers + " answers on one connection");
        }
    }
}
