package io.polydubbo.api.internal;

import io.polydubbo.internal.Batch;
import io.polydubbo.internal.EventPump;
import io.polydubbo.internal.Kinds;
import io.polydubbo.internal.NativeLibrary;
import io.polydubbo.internal.ReferenceNative;
import io.polydubbo.internal.Unpacker;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Who waits for what: hands the events of the native side to those that asked for them. */
public final class Events implements EventPump.Handler {
    private final ConcurrentHashMap<Long, Listener> listeners = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, CallTarget> targets = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    private Events() {}

    /** Waits for one outcome. */
    interface Listener {
        /** Takes the outcome, on the pump: must not block. */
        void ended(Outcome outcome);
    }

    /** Takes calls. */
    interface CallTarget {
        /** Takes a call, on the pump: must not block. */
        void called(InboundCall call);
    }

    private static final class Holder {
        static final Events INSTANCE = open();

        private static Events open() {
            Events events = new Events();
            EventPump.start(ReferenceNative.queue(), "polydubbo-pump-1", events);
            ReferenceNative.listenToLog(Logs.level());
            return events;
        }
    }

    /** The events of this process; the native library is loaded and the pump started by the first call. */
    static Events get() {
        NativeLibrary.load();
        return Holder.INSTANCE;
    }

    /** Lets {@code listener} have the outcome of what is asked for under the number that this gives. */
    long expect(Listener listener) {
        long token = numbers.incrementAndGet();
        listeners.put(token, listener);
        return token;
    }

    /** Nothing will come under this number. */
    void forget(long token) {
        listeners.remove(token);
    }

    /** Asks for something under a number and waits for it. */
    Outcome request(LongConsumer ask) {
        Waiter.refuseOnPump();
        Waiter waiter = new Waiter();
        long token = expect(waiter);
        askOrForget(token, ask);
        return waiter.await().orThrow();
    }

    /** Asks for something under a number; nothing comes if that throws. */
    void askOrForget(long token, LongConsumer ask) {
        boolean asked = false;
        try {
            ask.accept(token);
            asked = true;
        } finally {
            if (!asked) {
                forget(token);
            }
        }
    }

    /** Lets {@code target} have the calls for the owner with the number that this gives. */
    long serve(CallTarget target) {
        long number = numbers.incrementAndGet();
        targets.put(number, target);
        return number;
    }

    /** No calls come for this owner any more. */
    void unserve(long number) {
        targets.remove(number);
    }

    @Override
    public void handle(Batch record) {
        if (record.kind() == Kinds.CALLED) {
            called(record);
            return;
        }
        if (record.kind() == Kinds.LOG) {
            Logs.write((int) record.aux(), record.token(), new Unpacker(record.payload()));
            return;
        }
        Listener listener = listeners.remove(record.token());
        if (listener != null) {
            listener.ended(outcome(record));
        }
    }

    private static Outcome outcome(Batch record) {
        try {
            return Outcome.of(record);
        } catch (Throwable fault) {
            // Memory may be short; who waits must learn it.
            return Outcome.failed(fault);
        }
    }

    private void called(Batch record) {
        InboundCall call = new InboundCall(record);
        CallTarget target = targets.get(record.owner());
        if (target == null) {
            call.refuse(InboundCall.SERVICE_ERROR, "the service was withdrawn");
        } else {
            target.called(call);
        }
    }
}
