package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import io.polydubbo.api.Reference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class CallbackTest {
    @Test
    void aServiceCallsTheObjectsOfItsCallers() {
        try (Pair pair = new Pair()) {
            assertEquals("heard a0,heard a1", pair.greeter.tell("a", 2, event -> "heard " + event));
        }
    }

    @Test
    void anObjectStaysTheSameUntilItIsLetGo() {
        GreeterService service = new GreeterService();
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO)
                .service(Service.builder(Greeter.class, service).set("callbacks", 10).build()).start();
                Reference<Greeter> reference = Reference.builder(Greeter.class).url(server.url()).set("callbacks", 10).build()) {
            Greeter greeter = reference.get();
            List<String> heard = new CopyOnWriteArrayList<>();
            Greeter.Listener first = event -> {
                heard.add("first " + event);
                return "";
            };
            Greeter.Listener second = event -> {
                heard.add("second " + event);
                return "";
            };
            greeter.subscribe("k", first);
            greeter.subscribe("k", second);
            assertEquals(2, greeter.publish("k", "x"));
            greeter.unsubscribe("k", first);
            assertEquals(1, greeter.publish("k", "y"));
            assertEquals(java.util.Arrays.asList("first x", "second x", "second y"), heard);
        }
    }

    @Test
    void anObjectThatThrowsFailsItsCall() {
        try (Pair pair = new Pair()) {
            Exception thrown = assertThrows(RuntimeException.class, () -> pair.greeter.tell("a", 1, event -> {
                throw new IllegalStateException("deaf");
            }));
            assertTrue(!(thrown instanceof DubboException) && thrown.getMessage().contains("deaf"), thrown.toString());
        }
    }
}
