package com.acme;

import io.polydubbo.DubboException;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.Reference;
import io.polydubbo.api.RemoteException;
import io.polydubbo.api.RpcContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;

/** Calls the greeter: {@code java com.acme.Consumer [address]}, where the address is a provider or a registry. */
public final class Consumer {
    private Consumer() {}

    public static void main(String[] args) {
        String address = args.length > 0 ? args[0] : "dubbo://127.0.0.1:20880";
        Reference.Builder<Greeter> builder = Reference.builder(Greeter.class).version("1.0.0").timeout(Duration.ofSeconds(3));
        builder = address.startsWith("dubbo://") ? builder.url(address) : builder.registry(address);

        try (Reference<Greeter> reference = builder.build()) {
            Greeter greeter = reference.get();
            System.out.println(greeter.sayHello("world"));
            greeter.sayHelloLater("world, later").thenAccept(System.out::println).join();

            special(reference);
            failing(greeter);
        }
    }

    private static void special(Reference<Greeter> reference) {
        CallOptions options = CallOptions.none().timeout(Duration.ofMillis(500)).retries(0)
                .onAnswer(attachments -> System.out.println(attachments.get("served")));
        reference.with(options).sayHello("quickly");

        try (RpcContext.Scope traced = RpcContext.attach("trace-id", "42")) {
            reference.get().sayHello("traced");
        }
    }

    private static void failing(Greeter greeter) {
        try {
            System.out.println(greeter.greet("Ann", Arrays.asList(1L, 2L, 3L)).text);
            greeter.greet("Nobody", Collections.emptyList());
        } catch (UnknownNameException unknown) {
            System.out.println("unknown: " + unknown.wanted);
        } catch (RemoteException remote) {
            System.out.println("a " + remote.remoteClass() + " that this program does not have");
        } catch (DubboException failure) {
            System.out.println(failure.isTimeout() ? "too slow" : "failed: " + failure.code() + " " + failure.getMessage());
        }
    }
}
