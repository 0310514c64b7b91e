package io.polydubbo.peer.consumer;

import io.polydubbo.peer.Options;
import io.polydubbo.peer.Peer;
import io.polydubbo.peer.api.Behaviour;
import io.polydubbo.peer.api.PeerRuntimeException;

import java.util.concurrent.atomic.AtomicLong;

/** Makes so many calls, so many at a time, and keeps nothing of them. */
public final class Count {
    private static final int PARTS = 50;

    private final long calls;
    private final Thread[] threads;
    private final Behaviour service;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    public Count(Options options) throws Exception {
        this.calls = options.number("calls", 0);
        this.threads = new Thread[options.number("window", 32)];
        this.service = new References(options).proxy(Behaviour.class);
    }

    /** True if every call gave what it should. */
    public boolean run() throws InterruptedException {
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(this::callAll, "caller-" + i);
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Peer.say("{\"done\":true,\"failed\":" + failed + "}");
        return failed.get() == 0;
    }

    private void callAll() {
        for (long i = next.getAndIncrement(); i < calls; i = next.getAndIncrement()) {
            if (!isRight(i)) {
                failed.incrementAndGet();
            }
            long done = ended.incrementAndGet();
            if (done % Math.max(1, calls / PARTS) == 0) {
                Peer.say("{\"calls\":" + done + "}");
            }
        }
    }

    private boolean isRight(long i) {
        String name = "n" + i;
        try {
            if (i % 10 != 9) {
                return service.hello(name).equals("Hello, " + name);
            }
            service.throwUnchecked(name);
            return false;
        } catch (PeerRuntimeException expected) {
            return i % 10 == 9 && name.equals(expected.getMessage());
        } catch (RuntimeException unexpected) {
            return false;
        }
    }
}
