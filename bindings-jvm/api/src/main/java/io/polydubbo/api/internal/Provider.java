package io.polydubbo.api.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.internal.ServerNative;
import io.polydubbo.internal.Unpacker;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;

/** The inside of a server. */
public final class Provider {
    /** Threads of a server that run services, as many as Dubbo has. */
    public static final int DEFAULT_THREADS = 200;

    /** A server runs until it is closed, also when the program holds nothing of it. */
    private static final Set<Provider> RUNNING = ConcurrentHashMap.newKeySet();

    private final long handle;
    private final int port;
    private final String url;
    private final List<Exported> services;
    private final Executor executor;
    private final ThreadPoolExecutor own;
    private final AtomicBoolean isClosing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    private Provider(Outcome started, List<Exported> services, Executor executor, ThreadPoolExecutor own) {
        this.handle = started.aux();
        Unpacker unpacker = new Unpacker(started.payload());
        this.port = unpacker.getInt();
        this.url = unpacker.getText();
        this.services = services;
        this.executor = executor;
        this.own = own;
        RUNNING.add(this);
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @param known settings and their values in turn
     * @param custom settings of the program's own
     * @param services what is offered
     * @param executor runs services; null for a pool of the server's own
     * @param threads of that pool
     * @param queues calls that may wait for that pool
     * @return the running server
     */
    public static Provider start(String[] known, String[] custom, List<Exported> services, Executor executor, int threads, int queues) {
        ThreadPoolExecutor own = executor == null ? Executors.services(threads, queues) : null;
        Executor used = own == null ? executor : own;
        List<Exported> opened = new CopyOnWriteArrayList<>();
        try {
            long[] handles = new long[services.size()];
            for (int i = 0; i < handles.length; i++) {
                handles[i] = services.get(i).open(used);
                opened.add(services.get(i));
            }
            return new Provider(Events.get().request(token -> ServerNative.start(known, custom, handles, token)), opened, used, own);
        } catch (RuntimeException failed) {
            opened.forEach(Exported::close);
            if (own != null) {
                own.shutdown();
            }
            throw failed;
        }
    }

    /**
     * Offers one more service.
     *
     * @param service the service
     */
    public void export(Exported service) {
        refuseClosed();
        long opened = service.open(executor);
        try {
            Events.get().request(token -> ServerNative.export(handle, opened, token));
            services.add(service);
        } catch (RuntimeException refused) {
            service.close();
            ServerNative.releaseService(opened);
            throw refused;
        }
    }

    /**
     * The port that the server listens on.
     *
     * @return the port
     */
    public int port() {
        return port;
    }

    /**
     * An address for references on this machine.
     *
     * @return the URL
     */
    public String url() {
        return url;
    }

    /**
     * Calls that have no answer yet.
     *
     * @return their number
     */
    public int running() {
        return isClosed() ? 0 : ServerNative.running(handle);
    }

    /**
     * Registers the services, or withdraws them.
     *
     * @param online whether to register
     */
    public void setOnline(boolean online) {
        refuseClosed();
        Events.get().request(token -> ServerNative.setOnline(handle, online, token));
    }

    /**
     * Waits until the server is closed.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    /**
     * Stops without losing a call. Whoever calls this second waits for the first.
     *
     * @return calls that were cut off
     */
    public long close() {
        if (!isClosing.compareAndSet(false, true)) {
            Waiter.refuseOnPump();
            awaitQuietly();
            return 0;
        }
        try {
            return Events.get().request(token -> ServerNative.close(handle, token)).aux();
        } finally {
            services.forEach(Exported::close);
            ServerNative.release(handle);
            RUNNING.remove(this);
            if (own != null) {
                own.shutdown();
            }
            closed.countDown();
        }
    }

    private void awaitQuietly() {
        try {
            closed.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void refuseClosed() {
        if (isClosing.get()) {
            throw new DubboException(ErrorCode.CLOSED, "the server is closed");
        }
    }
}
