package io.polydubbo.api.internal;

import io.polydubbo.internal.ReferenceNative;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** The future of one call. Cancelling it gives the call up. */
final class CallFuture extends CompletableFuture<Object> implements Events.Listener {
    /** Number of the call, set before it is sent. */
    long token;

    private final CallHandler handler;
    private final ClientMethod method;

    CallFuture(CallHandler handler, ClientMethod method) {
        this.handler = handler;
        this.method = method;
    }

    @Override
    public void ended(Outcome outcome) {
        try {
            handler.executor().execute(() -> complete(outcome));
        } catch (RejectedExecutionException refused) {
            // Nobody would ever hear of the answer otherwise.
            completeExceptionally(refused);
        }
    }

    private void complete(Outcome outcome) {
        try {
            complete(handler.decode(method, outcome.orThrow()));
        } catch (Throwable thrown) {
            completeExceptionally(thrown);
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        if (cancelled) {
            ReferenceNative.cancel(token);
        }
        return cancelled;
    }
}
