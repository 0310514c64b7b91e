package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.Service;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class LifetimeTest {
    @Test
    void useAfterCloseIsATypedError() {
        Pair pair = new Pair();
        assertTrue(pair.reference.isAvailable());
        assertEquals("Hello x", pair.greeter.hello("x"));
        pair.close();
        pair.close();
        assertFalse(pair.reference.isAvailable());
        assertEquals(ErrorCode.CLOSED, assertThrows(DubboException.class, () -> pair.greeter.hello("x")).code());
        // A method that was never called before has no number yet.
        assertEquals(ErrorCode.CLOSED, assertThrows(DubboException.class, () -> pair.greeter.isEven(2)).code());
        Service service = Service.builder(Greeter.class, new GreeterService()).build();
        assertEquals(ErrorCode.CLOSED, assertThrows(DubboException.class, () -> pair.server.export(service)).code());
        assertEquals(ErrorCode.CLOSED, assertThrows(DubboException.class, pair.server::offline).code());
        assertEquals(0, pair.server.running());
    }

    @Test
    void aClosingReferenceLetsItsCallsFinish() throws Exception {
        try (Pair pair = new Pair()) {
            CompletableFuture<String> running = pair.greeter.later("finished", 500);
            pair.reference.close(Duration.ofSeconds(10));
            assertEquals("finished", running.get());
        }
    }

    @Test
    void callsThatTakeTooLongFailWhenTheirReferenceCloses() {
        try (Pair pair = new Pair()) {
            CompletableFuture<String> running = pair.greeter.never();
            TestSupport.eventually("the call runs", () -> pair.server.running() == 1);
            pair.reference.close(Duration.ofMillis(50));
            ExecutionException cut = assertThrows(ExecutionException.class, running::get);
            DubboException error = assertInstanceOf(DubboException.class, cut.getCause());
            assertTrue(error.code() == ErrorCode.CLOSED || error.isNetwork(), error.toString());
        }
    }

    @Test
    void aLostReferenceIsClosedByTheCollector() {
        Pair pair = new Pair();
        long before = TestSupport.counters()[1];
        lose(pair);
        TestSupport.eventually("the collector closes it", () -> {
            System.gc();
            return TestSupport.counters()[1] <= before;
        });
        pair.close();
    }

    private static void lose(Pair pair) {
        assertEquals("Hello lost", pair.refer(builder -> {}).get().hello("lost"));
    }

    @Test
    void nothingIsLeftWhenAllIsClosed() {
        try (Pair pair = new Pair()) {
            pair.greeter.hello("x");
            pair.greeter.bytes(100_000);
        }
        TestSupport.eventually("the native side holds nothing", () -> {
            System.gc();
            for (long count : TestSupport.counters()) {
                if (count != 0) {
                    return false;
                }
            }
            return true;
        });
    }
}
