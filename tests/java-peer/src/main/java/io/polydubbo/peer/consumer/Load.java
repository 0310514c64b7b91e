package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.polydubbo.peer.Options;
import io.polydubbo.peer.Peer;
import io.polydubbo.peer.api.Behaviour;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Calls at a steady rate for a time, or until standard input ends, then prints totals.
 *
 * <p>Latency counts from the moment a call was due, so that a stalled provider shows.
 */
public final class Load {
    private static final int THREADS = 64;
    private static final int KEPT_FAILURES = 20;

    private final Options options;
    private final int rate;
    private final long calls;
    private final long work;
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger succeeded = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicLongArray micros;
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

    public Load(Options options) {
        this.options = options;
        this.rate = options.number("load", 100);
        this.calls = (long) rate * options.number("seconds", 10);
        this.work = options.number("work", 0);
        this.micros = new AtomicLongArray((int) calls);
    }

    public void run() throws Exception {
        Behaviour service = new References(options).proxy(Behaviour.class);
        service.hello("warm-up");
        Peer.say("READY");
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(THREADS);
        Thread watcher = new Thread(() -> stopAtEndOfInput(pool), "stdin");
        watcher.setDaemon(true);
        watcher.start();
        long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        for (long i = 0; i < calls && !pool.isShutdown(); i++) {
            long due = begin + i * 1_000_000_000L / rate;
            int index = (int) i;
            pool.schedule(() -> call(service, index, due), due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        pool.shutdown();
        pool.awaitTermination(options.number("seconds", 10) + 60L, TimeUnit.SECONDS);
        report();
        System.exit(failed.get() == 0 ? 0 : 1);
    }

    private void call(Behaviour service, int index, long due) {
        started.incrementAndGet();
        try {
            if (work == 0) {
                service.hello("n" + index);
            } else {
                service.sleep(work);
            }
            succeeded.incrementAndGet();
        } catch (Throwable failure) {
            if (failed.incrementAndGet() <= KEPT_FAILURES) {
                failures.add(Outcome.describe(failure));
            }
        }
        micros.set(index, (System.nanoTime() - due) / 1000);
    }

    /** Calls not yet due are dropped; those under way finish. */
    private static void stopAtEndOfInput(ScheduledThreadPoolExecutor pool) {
        try {
            Peer.awaitEndOfInput();
        } catch (Exception closed) {
            // The same as an end.
        }
        pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        pool.shutdown();
    }

    private void report() {
        long[] sorted = new long[started.get()];
        int n = 0;
        for (int i = 0; i < calls && n < sorted.length; i++) {
            if (micros.get(i) != 0) {
                sorted[n++] = micros.get(i);
            }
        }
        sorted = Arrays.copyOf(sorted, n);
        Arrays.sort(sorted);
        JsonObject line = new JsonObject();
        line.addProperty("calls", started.get());
        line.addProperty("succeeded", succeeded.get());
        line.addProperty("failed", failed.get());
        line.addProperty("p50_us", at(sorted, 0.5));
        line.addProperty("p99_us", at(sorted, 0.99));
        line.addProperty("max_us", at(sorted, 1));
        JsonArray kept = new JsonArray();
        failures.forEach(kept::add);
        line.add("failures", kept);
        Peer.say(line.toString());
    }

    private static long at(long[] sorted, double quantile) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * quantile)];
    }
}
