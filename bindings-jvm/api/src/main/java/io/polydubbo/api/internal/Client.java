package io.polydubbo.api.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.GenericService;
import io.polydubbo.internal.Reaper;
import io.polydubbo.internal.ReferenceNative;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The inside of a reference.
 *
 * @param <T> the Java interface
 */
public final class Client<T> implements Target {
    /** How long calls of a reference that the program has lost may go on. */
    private static final long LOST_CLOSE_MILLIS = 10_000;

    private final Class<T> type;
    private final Model model;
    private final long handle;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final Reaper.Guard guard;
    private final CallHandler.Plan plan;
    private final PassedObjects passed;

    private Client(Class<T> type, Model model, HessianCodec codec, Executor executor, long handle) {
        this.type = type;
        this.model = model;
        this.handle = handle;
        this.passed = new PassedObjects(codec, executor);
        this.plan = new CallHandler.Plan(this, model, codec, executor);
        long number = handle;
        this.guard = Reaper.watch(this, "a reference to " + model.name(), () -> {
            ReferenceNative.close(number, LOST_CLOSE_MILLIS, 0);
            ReferenceNative.release(number);
        });
    }

    /**
     * Makes the inside of a reference; waits until it is ready.
     *
     * @param type the Java interface
     * @param model what is known of it
     * @param known settings and their values in turn
     * @param custom settings of the program's own
     * @param codec for its values
     * @param executor completes futures and runs callbacks; null for threads of this library
     * @param <T> the Java interface
     * @return the inside
     */
    public static <T> Client<T> refer(Class<T> type, Model model, String[] known, String[] custom, HessianCodec codec, Executor executor) {
        Outcome made = Events.get().request(token -> ReferenceNative.refer(known, custom, token));
        return new Client<>(type, model, codec, executor != null ? executor : Executors.callbacks(), made.aux());
    }

    /**
     * The service as an object of its interface.
     *
     * @param options of its calls
     * @return the proxy
     */
    public T proxy(CallOptions options) {
        CallOptions used = type == GenericService.class ? options.attachment("generic", "true") : options;
        return type.cast(CallHandler.proxy(plan, used));
    }

    /**
     * Calls a method by the names of its parameter types.
     *
     * @param options of the call
     * @param method name of the method
     * @param types Java names of its parameter types
     * @param arguments one for each
     * @return completed with the result
     */
    public CompletableFuture<Object> invokeAsync(CallOptions options, String method, String[] types, Object... arguments) {
        return CallHandler.of(plan, options).callAsync(plan.method(method, Descriptors.of(types)), arguments);
    }

    /**
     * Calls a method by the names of its parameter types and waits for the result.
     *
     * @param options of the call
     * @param method name of the method
     * @param types Java names of its parameter types
     * @param arguments one for each
     * @return the result
     * @throws Throwable what the method throws
     */
    public Object invoke(CallOptions options, String method, String[] types, Object... arguments) throws Throwable {
        return CallHandler.of(plan, options).call(plan.method(method, Descriptors.of(types)), arguments);
    }

    /**
     * Whether a call would find a connected provider.
     *
     * @return true if so
     */
    public boolean isAvailable() {
        return !isClosed.get() && ReferenceNative.isAvailable(handle);
    }

    /**
     * Closes the reference and waits until that is done.
     *
     * @param timeout how long calls may go on
     */
    public void close(Duration timeout) {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        guard.dismiss();
        try {
            Events.get().request(token -> ReferenceNative.close(handle, timeout.toMillis(), token));
        } finally {
            passed.close();
            ReferenceNative.release(handle);
        }
    }

    @Override
    public int method(String name, String descriptor) {
        refuseClosed();
        return ReferenceNative.method(handle, name, descriptor);
    }

    /** The generic call has one name on the wire, whichever way it is waited for. */
    @Override
    public String wireName(Method method) {
        return type == GenericService.class ? "$invoke" : method.getName();
    }

    @Override
    public void submit(ClientMethod method, Encoded arguments, int count, long token, CallOptions options, byte[] attachments,
            long[] callbacks) {
        refuseClosed();
        ReferenceNative.submit(handle, method.number, arguments.bytes(), arguments.length(), count, token, options.timeoutMillis(),
                options.retries(), options.isOneWay(), attachments, callbacks);
    }

    private void refuseClosed() {
        if (isClosed.get()) {
            throw new DubboException(ErrorCode.CLOSED, "the reference has been closed (service: " + model.name() + ")");
        }
    }

    @Override
    public long[] passObjects(ClientMethod method, Object[] arguments) {
        return passed.pass(method, arguments);
    }

    @Override
    public void objectsPassed(ClientMethod method, Object[] arguments) {
        passed.release(method, arguments);
    }

    @Override
    public String name() {
        return "PolyDubbo reference to " + model.name();
    }
}
