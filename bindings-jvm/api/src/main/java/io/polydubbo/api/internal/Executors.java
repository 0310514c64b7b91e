package io.polydubbo.api.internal;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads on which code of the program runs, unless the program brings its own. All are daemons. */
final class Executors {
    private static final long IDLE_SECONDS = 60;

    private Executors() {}

    private static final class Callbacks {
        /** As many as are busy: code that runs here may wait for other calls, whose answers need a thread too. */
        static final Executor INSTANCE = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS,
                new SynchronousQueue<>(), named("polydubbo-callback-"));
    }

    /** Completes futures and runs callbacks. */
    static Executor callbacks() {
        return Callbacks.INSTANCE;
    }

    /** The pool of a server: Dubbo's fixed one, whose threads start when they are needed and end when they are idle. */
    static ThreadPoolExecutor services(int threads, int queues) {
        BlockingQueue<Runnable> queue = queues == 0 ? new SynchronousQueue<>() : new LinkedBlockingQueue<>(queues);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, queue,
                named("polydubbo-service-"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return body -> {
            Thread thread = new Thread(body, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
