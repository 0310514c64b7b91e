package com.acme;

import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Serves the shop; consumers in any language find it in the registry: {@code java com.acme.ShopProvider dubbo://127.0.0.1:9090}. */
public final class ShopProvider implements Shop {
    private final Map<String, Double> prices = new HashMap<>();
    private final AtomicLong receipts = new AtomicLong();

    private ShopProvider() {
        prices.put("tea", 2.5);
        prices.put("bread", 3.2);
    }

    @Override
    public String greet(String name) {
        return "Hello " + name + ", Java at your service";
    }

    @Override
    public Receipt order(Order order) throws SoldOutException {
        Double price = prices.get(order.item);
        if (price == null) {
            throw new SoldOutException("no " + order.item + " today");
        }
        return new Receipt(receipts.incrementAndGet(), order.quantity * price);
    }

    public static void main(String[] args) throws IOException {
        String registry = args.length > 0 ? args[0] : "dubbo://127.0.0.1:9090";
        Service shop = Service.builder(Shop.class, new ShopProvider()).build();
        try (Server server = Server.builder().application("java-shop").port(0).registry(registry).service(shop).start()) {
            System.out.println("READY " + server.url());
            // Ends with whoever started this program.
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
