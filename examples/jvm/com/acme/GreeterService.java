package com.acme;

import io.polydubbo.api.RpcContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;

public class GreeterService implements Greeter {
    @Override
    public String sayHello(String name) {
        return "Hello " + name;
    }

    @Override
    public Greeting greet(String name, List<Long> luckyNumbers) throws UnknownNameException {
        if (name.equals("Nobody")) {
            throw new UnknownNameException(name);
        }
        long sum = luckyNumbers.stream().mapToLong(Long::longValue).sum();
        RpcContext.current().reply().put("served", "by Java");
        return new Greeting("Hello " + name + ", your numbers add up to " + sum);
    }

    @Override
    public CompletableFuture<String> sayHelloLater(String name) {
        return CompletableFuture.supplyAsync(() -> sayHello(name));
    }
}
