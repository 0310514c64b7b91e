package io.polydubbo.api.internal;

import io.polydubbo.internal.EventPump;
import io.polydubbo.internal.ReferenceNative;
import java.util.concurrent.locks.LockSupport;

/** A thread that waits for an outcome; the pump wakes it directly. */
final class Waiter implements Events.Listener {
    private final Thread thread = Thread.currentThread();
    private volatile Outcome outcome;

    /** Refuses to wait on a thread that everybody waits for. */
    static void refuseOnPump() {
        if (EventPump.isPumpThread()) {
            throw new IllegalStateException("a blocking call on a thread of PolyDubbo would wait for itself: give the reference an executor "
                    + "that may block, or use methods that return CompletableFuture");
        }
    }

    @Override
    public void ended(Outcome ended) {
        outcome = ended;
        LockSupport.unpark(thread);
    }

    /** Waits; interruption is kept for later, because what was asked for ends in any case. */
    Outcome await() {
        boolean interrupted = false;
        while (outcome == null) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            thread.interrupt();
        }
        return outcome;
    }

    /** Waits for a call; interruption gives it up, which is its outcome then, unless it was quicker. */
    Outcome awaitCall(long token) {
        while (outcome == null) {
            LockSupport.park(this);
            if (outcome == null && thread.isInterrupted()) {
                ReferenceNative.cancel(token);
                return await();
            }
        }
        return outcome;
    }
}
