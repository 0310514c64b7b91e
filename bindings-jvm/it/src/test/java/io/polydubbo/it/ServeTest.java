package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.Reference;
import io.polydubbo.api.RpcContext;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ServeTest {
    @Test
    void aServiceLearnsOfItsCaller() {
        try (Pair pair = new Pair()) {
            Map<String, Object> seen = pair.greeter.circumstances();
            assertEquals(Greeter.class.getName(), seen.get("service"));
            assertEquals("circumstances", seen.get("method"));
            assertEquals("test", seen.get("application"));
            assertTrue(seen.get("local").toString().endsWith(":" + pair.server.port()), seen.toString());
            assertTrue(seen.get("remote").toString().startsWith("127.0.0.1:"), seen.toString());
            assertTrue(seen.get("thread").toString().startsWith("polydubbo-service-"), seen.toString());
        }
    }

    @Test
    void aBusyPoolRefusesFurtherCalls() throws Exception {
        try (Pair pair = new Pair(server -> server.threads(1), reference -> {})) {
            CountDownLatch done = new CountDownLatch(1);
            Thread slow = new Thread(() -> {
                try {
                    pair.greeter.sleep(3000);
                } catch (InterruptedException impossible) {
                    throw new AssertionError(impossible);
                }
                done.countDown();
            });
            slow.start();
            TestSupport.eventually("the only thread is busy", () -> pair.server.running() == 1);
            DubboException refused = assertThrows(DubboException.class, () -> pair.greeter.hello("x"));
            assertTrue(refused.getMessage().contains("Thread pool is EXHAUSTED!"), refused.toString());
            done.await();
            TestSupport.eventually("the thread is free", () -> {
                try {
                    return pair.greeter.hello("y").equals("Hello y");
                } catch (DubboException stillBusy) {
                    return false;
                }
            });
        }
    }

    @Test
    void callsMayWaitForAThread() throws Exception {
        try (Pair pair = new Pair(server -> server.threads(1).queues(10), reference -> {})) {
            CompletableFuture<?>[] calls = new CompletableFuture<?>[5];
            for (int i = 0; i < calls.length; i++) {
                calls[i] = CompletableFuture.supplyAsync(() -> pair.greeter.hello("x"));
            }
            CompletableFuture.allOf(calls).get();
        }
    }

    @Test
    void anExecutorOfTheProgramRunsServices() {
        try (Pair pair = new Pair(server -> server.executor(task -> new Thread(task, "mine").start()), reference -> {})) {
            assertEquals("mine", pair.greeter.circumstances().get("thread"));
        }
        try (Pair pair = new Pair(server -> server.executor(task -> {
            throw new RejectedExecutionException("closed for today");
        }), reference -> {})) {
            assertThrows(DubboException.class, () -> pair.greeter.hello("x"));
        }
    }

    @Test
    void aCallThatIsNeverAnsweredTimesOutAndIsForgotten() {
        try (Pair pair = new Pair()) {
            Greeter hurried = pair.reference.with(CallOptions.none().timeout(Duration.ofMillis(100)));
            ExecutionException late = assertThrows(ExecutionException.class, () -> hurried.never().get());
            assertTrue(assertInstanceOf(DubboException.class, late.getCause()).isTimeout(), late.toString());
            // Nobody holds the future of the service: the collector takes it, and with it the call.
            TestSupport.eventually("the lost call is given up", () -> {
                System.gc();
                return TestSupport.counters()[2] == 0;
            });
        }
    }

    @Test
    void callsMadeByAServiceCarryItsAttachmentsOn() {
        try (Pair inner = new Pair(); Server outer = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO)
                .service(Service.builder(Greeter.class, new GreeterService() {
                    @Override
                    public String hello(String name) {
                        return inner.greeter.attachment("trace") + " " + inner.greeter.attachment("remote.application");
                    }
                }).build()).start();
                Reference<Greeter> reference = Reference.builder(Greeter.class).url(outer.url()).application("first").build()) {
            assertEquals("42 test", reference.with(CallOptions.none().attachment("trace", "42")).hello("x"));
            assertNull(RpcContext.current());
        }
    }

    @Test
    void aClosingServerFinishesItsCalls() throws Exception {
        Pair pair = new Pair();
        CompletableFuture<String> running = pair.greeter.later("finished", 800);
        TestSupport.eventually("the call runs", () -> pair.server.running() == 1);
        assertEquals(0, pair.server.shutdown());
        assertEquals("finished", running.get());
        pair.close();
    }

    @Test
    void aServiceBelongsToOneServer() {
        Service service = Service.builder(Greeter.class, new GreeterService()).build();
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO).service(service).start()) {
            assertEquals(ErrorCode.ALREADY_EXPORTED, assertThrows(DubboException.class, () -> server.export(service)).code());
            server.export(Service.builder(Greeter.class, new GreeterService()).version("2.0.0").build());
            try (Reference<Greeter> second = Reference.builder(Greeter.class).version("2.0.0").url(server.url()).build()) {
                assertEquals("Hello 2", second.get().hello("2"));
            }
        }
    }

    @Test
    void twoServersCannotHaveOnePort() {
        try (Pair pair = new Pair()) {
            DubboException taken = assertThrows(DubboException.class,
                    () -> Server.builder().host("127.0.0.1").port(pair.server.port()).start());
            assertTrue(taken.getMessage().contains(String.valueOf(pair.server.port())), taken.toString());
        }
    }

    @Test
    void aServerCanBeAwaited() throws Exception {
        Pair pair = new Pair();
        Thread waiting = new Thread(() -> {
            try {
                pair.server.awaitClose();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        });
        waiting.start();
        TestSupport.eventually("it waits", () -> waiting.getState() == Thread.State.WAITING);
        pair.close();
        waiting.join();
    }
}
