package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ThreadsTest {
    private static final int THREADS = 48;
    private static final int CALLS = 100;
    /** Number 7, in both directions. */
    private static final byte[] HEARTBEAT = {(byte) 0xda, (byte) 0xbb, (byte) 0xe2, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 'N'};
    private static final byte[] HEARTBEAT_ANSWER = {(byte) 0xda, (byte) 0xbb, 0x22, 20, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 'N'};

    @Test
    void manyThreadsShareAReference() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Pair pair = new Pair()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                all.add(threads.submit(() -> {
                    for (int call = 0; call < CALLS; call++) {
                        String text = thread + ":" + call;
                        assertEquals("Hello " + text, pair.greeter.hello(text));
                        assertEquals(text, pair.greeter.later(text, 0).get());
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            assertEquals(THREADS * CALLS, pair.service.calls.get());
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aContinuationMayBlockOnAnotherCall() throws Exception {
        try (Pair pair = new Pair()) {
            List<CompletableFuture<String>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(pair.greeter.later("x" + i, 0).thenApply(pair.greeter::hello)
                        .thenApply(text -> pair.greeter.later(text, 0).join()));
            }
            for (int i = 0; i < all.size(); i++) {
                assertEquals("Hello x" + i, all.get(i).get());
            }
        }
    }

    @Test
    void blockingOnThePumpIsRefusedInsteadOfADeadlock() throws Exception {
        try (Pair pair = new Pair(server -> {}, reference -> reference.executor(Runnable::run))) {
            assertEquals("x", pair.greeter.later("x", 200).get());
            ExecutionException refused = assertThrows(ExecutionException.class,
                    () -> pair.greeter.later("x", 200).thenApply(pair.greeter::hello).get());
            assertTrue(assertInstanceOf(IllegalStateException.class, refused.getCause()).getMessage().contains("executor"));
        }
    }

    @Test
    void heartbeatsAreAnsweredWhileThePumpIsKept() throws Exception {
        CountDownLatch isKept = new CountDownLatch(1);
        CountDownLatch isAnswered = new CountDownLatch(1);
        Executor slow = task -> {
            isKept.countDown();
            assertDoesNotThrow(() -> isAnswered.await());
            task.run();
        };
        try (Pair pair = new Pair(server -> {}, reference -> reference.executor(slow))) {
            CompletableFuture<String> future = pair.greeter.later("x", 0);
            isKept.await();
            assertArrayEquals(HEARTBEAT_ANSWER, exchange(pair.server.port(), HEARTBEAT));
            isAnswered.countDown();
            assertEquals("x", future.get());
        } finally {
            isAnswered.countDown();
        }
    }

    private static byte[] exchange(int port, byte[] request) throws IOException {
        try (Socket peer = new Socket("127.0.0.1", port)) {
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(request);
            byte[] answer = new byte[HEARTBEAT_ANSWER.length];
            new DataInputStream(peer.getInputStream()).readFully(answer);
            return answer;
        }
    }
}
