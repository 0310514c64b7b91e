package com.acme;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The interface that both sides have. */
public interface Greeter {
    String sayHello(String name);

    Greeting greet(String name, List<Long> luckyNumbers) throws UnknownNameException;

    CompletableFuture<String> sayHelloLater(String name);
}
