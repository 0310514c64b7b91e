package com.acme;

import io.polydubbo.api.GenericService;
import io.polydubbo.api.Reference;
import java.util.Collections;
import java.util.Map;

/** Calls the greeter without its interface: {@code java com.acme.Untyped dubbo://127.0.0.1:20880}. */
public final class Untyped {
    private Untyped() {}

    public static void main(String[] args) throws Throwable {
        try (Reference<GenericService> greeter = Reference.generic("com.acme.Greeter").version("1.0.0").url(args[0]).build()) {
            Object hello = greeter.invoke("sayHello", new String[] {"java.lang.String"}, "world");
            Object greeting = greeter.get().$invoke("greet", new String[] {"java.lang.String", "java.util.List"},
                    new Object[] {"Bob", Collections.singletonList(7L)});
            System.out.println(hello + ", " + ((Map<?, ?>) greeting).get("text"));
        }
    }
}
