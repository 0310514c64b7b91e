package io.polydubbo.api.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.internal.ServerNative;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/** The inside of a service. */
public final class Exported {
    private final Model model;
    private final Object implementation;
    private final String[] known;
    private final String[] custom;
    private final HessianCodec codec;
    private final AtomicBoolean isTaken = new AtomicBoolean();
    private volatile long number;

    /**
     * A service that waits for its server.
     *
     * @param model what is known of its interface
     * @param implementation the object that serves it
     * @param known settings and their values in turn
     * @param custom settings of the program's own
     * @param codec for its values
     */
    public Exported(Model model, Object implementation, String[] known, String[] custom, HessianCodec codec) {
        this.model = model;
        this.implementation = implementation;
        this.known = known;
        this.custom = custom;
        this.codec = codec;
    }

    /** Makes the native side of the service, for one server; its calls run on {@code executor}. */
    long open(Executor executor) {
        if (!isTaken.compareAndSet(false, true)) {
            throw new DubboException(ErrorCode.ALREADY_EXPORTED, "this service was given to a server already");
        }
        number = Events.get().serve(new ServiceTarget(model, implementation, codec, executor));
        try {
            return ServerNative.service(number, known, custom, model.table());
        } catch (RuntimeException refused) {
            Events.get().unserve(number);
            throw refused;
        }
    }

    /** No calls come any more. */
    void close() {
        Events.get().unserve(number);
    }
}
