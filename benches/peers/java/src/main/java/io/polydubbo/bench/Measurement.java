package io.polydubbo.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Threads that each call {@code echo} and wait for the answer; the same for every library under test.
 *
 * <p>Each line of standard input, {@code <threads> <warm-up seconds> <seconds> <provider pid>}, is one measurement;
 * its result is one line of JSON, the {@code Point} of the other programs.
 */
final class Measurement {
    private final BenchService service;
    private final String text;

    private Measurement(BenchService service) {
        this.service = service;
        this.text = User.sample(1).getText().substring(0, 256);
    }

    /** Measures until standard input ends. */
    static void run(BenchService service) throws IOException, InterruptedException {
        Measurement measurement = new Measurement(service);
        System.out.println("READY");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.trim().split(" ");
            System.out.println(measurement.measure(
                    Integer.parseInt(words[0]),
                    Double.parseDouble(words[1]),
                    Double.parseDouble(words[2]),
                    Long.parseLong(words[3])));
        }
        Runtime.getRuntime().halt(0);
    }

    private String measure(int threads, double warmUp, double seconds, long peer) throws InterruptedException {
        Run run = new Run();
        List<Caller> callers = new ArrayList<>();
        for (int index = 0; index < threads; index++) {
            Caller caller = new Caller(run);
            caller.setDaemon(true);
            caller.start();
            callers.add(caller);
        }
        Thread.sleep((long) (warmUp * 1000));
        long self = ProcessHandle.current().pid();
        long ownCpu = Usage.nanos(self);
        long peerCpu = Usage.nanos(peer);
        long before = run.good.sum();
        run.measuring.set(true);
        long start = System.nanoTime();
        Thread.sleep((long) (seconds * 1000));
        run.measuring.set(false);
        double elapsed = (System.nanoTime() - start) / 1e9;
        long requests = run.good.sum() - before;
        double own = (double) (Usage.nanos(self) - ownCpu) / Math.max(1, requests);
        double other = (double) (Usage.nanos(peer) - peerCpu) / Math.max(1, requests);
        run.stop.set(true);
        for (Caller caller : callers) {
            caller.join();
        }
        return String.format(
                Locale.ROOT,
                "{\"requests\":%d,\"errors\":%d,\"seconds\":%f,\"rate\":%f,\"client_ns\":%f,\"server_ns\":%f,"
                        + "\"client_waits\":0,\"server_waits\":null,\"latency\":%s}",
                requests, run.bad.sum(), elapsed, requests / elapsed, own, other, latency(callers));
    }

    private static String latency(List<Caller> callers) {
        int size = callers.stream().mapToInt(caller -> caller.timed).sum();
        if (size == 0) {
            return "null";
        }
        long[] all = new long[size];
        int at = 0;
        for (Caller caller : callers) {
            System.arraycopy(caller.latencies, 0, all, at, caller.timed);
            at += caller.timed;
        }
        Arrays.sort(all);
        return String.format(
                Locale.ROOT,
                "{\"samples\":%d,\"p50_us\":%f,\"p90_us\":%f,\"p99_us\":%f,\"p999_us\":%f,\"max_us\":%f}",
                size, at(all, 0.5), at(all, 0.9), at(all, 0.99), at(all, 0.999), at(all, 1.0));
    }

    private static double at(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (quantile * sorted.length))] / 1000.0;
    }

    /** What the callers of one measurement share. */
    private static final class Run {
        private final LongAdder good = new LongAdder();
        private final LongAdder bad = new LongAdder();
        private final AtomicBoolean measuring = new AtomicBoolean();
        private final AtomicBoolean stop = new AtomicBoolean();
    }

    private final class Caller extends Thread {
        private final Run run;
        private final long[] latencies = new long[20_000];
        private int timed;

        private Caller(Run run) {
            this.run = run;
        }

        @Override
        public void run() {
            while (!run.stop.get()) {
                long sent = System.nanoTime();
                try {
                    if (service.echo(text).length() == text.length()) {
                        run.good.increment();
                    } else {
                        run.bad.increment();
                    }
                } catch (RuntimeException refused) {
                    run.bad.increment();
                }
                if (run.measuring.get() && timed < latencies.length) {
                    latencies[timed++] = System.nanoTime() - sent;
                }
            }
        }
    }
}
