package io.polydubbo.it.programs;

import io.polydubbo.api.CallOptions;
import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import io.polydubbo.internal.ReferenceNative;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Makes calls of all kinds and prints how much memory the process has gained. Run with a heap of fixed size. */
public final class ManyCalls {
    private static final int BATCH = 20;

    /** What it calls. */
    public interface Work {
        /** Its argument. */
        byte[] echo(byte[] bytes);

        /** Its argument, later. */
        CompletableFuture<String> later(String text);

        /** Throws. */
        void fail();
    }

    private ManyCalls() {}

    /** Prints {@code calls=<n> gained_kib=<memory> kept=<objects of the native side>}. */
    public static void main(String[] args) throws Exception {
        int calls = Integer.parseInt(args[0]);
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO)
                .service(Service.builder(Work.class, new Worker()).build()).start();
                Reference<Work> reference = Reference.builder(Work.class).url(server.url()).timeout(Duration.ofSeconds(30)).build()) {
            // Long enough for the compiler and the allocators to have what they need.
            run(reference, Math.max(20_000, calls / 10));
            long before = residentKib();
            run(reference, calls);
            long gained = residentKib() - before;
            System.out.println("calls=" + calls + " gained_kib=" + gained + " kept=" + kept());
        }
    }

    private static void run(Reference<Work> reference, int calls) throws Exception {
        Work work = reference.get();
        Work attached = reference.with(CallOptions.none().attachment("k", "v").onAnswer(attachments -> {}));
        byte[] small = new byte[100];
        byte[] large = new byte[40_000];
        for (int i = 0; i < calls / BATCH; i++) {
            CompletableFuture<?>[] futures = new CompletableFuture<?>[BATCH - 4];
            for (int j = 0; j < futures.length; j++) {
                futures[j] = work.later("x");
            }
            work.echo(small);
            attached.echo(large);
            try {
                work.fail();
            } catch (IllegalStateException expected) {
                // One of the kinds.
            }
            reference.with(CallOptions.none().oneWay()).echo(small);
            CompletableFuture.allOf(futures).get();
        }
        // One-way calls may still be on their way.
        while (kept() > 0) {
            Thread.sleep(10);
        }
        System.gc();
    }

    /** Calls, calls of services and payloads, without the one reference. */
    private static long kept() {
        long[] counters = ReferenceNative.counters();
        return counters[0] + counters[2] + counters[3];
    }

    private static long residentKib() throws IOException {
        String status = new String(Files.readAllBytes(Paths.get("/proc/self/status")), StandardCharsets.US_ASCII);
        String line = Arrays.stream(status.split("\n")).filter(text -> text.startsWith("VmRSS:")).findFirst().orElse("VmRSS: 0 kB");
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    private static final class Worker implements Work {
        @Override
        public byte[] echo(byte[] bytes) {
            return bytes;
        }

        @Override
        public CompletableFuture<String> later(String text) {
            return CompletableFuture.completedFuture(text);
        }

        @Override
        public void fail() {
            throw new IllegalStateException("as it should");
        }
    }
}
