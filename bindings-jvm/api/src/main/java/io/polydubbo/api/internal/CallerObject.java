package io.polydubbo.api.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.internal.CallbackNative;
import io.polydubbo.internal.Reaper;

/** An object of the caller of a service, as the service holds it. It works for as long as the connection does. */
final class CallerObject implements Target {
    private final long handle;
    private final String id;

    private CallerObject(InboundCall.PassedObject passed) {
        handle = passed.handle;
        id = passed.id;
        long number = handle;
        Reaper.watch(this, null, () -> CallbackNative.releaseProxy(number));
    }

    /** The object as one of its interface; equal to every other proxy of it. */
    static Object proxy(InboundCall.PassedObject passed, Class<?> type, Codec codec) {
        Model model = new Model(type, type.getName());
        return CallHandler.proxy(new CallHandler.Plan(new CallerObject(passed), model, codec, Executors.callbacks()), CallOptions.none());
    }

    @Override
    public int method(String name, String descriptor) {
        return CallbackNative.method(handle, name, descriptor);
    }

    @Override
    public void submit(ClientMethod method, Encoded arguments, int count, long token, CallOptions options, byte[] attachments,
            long[] callbacks) {
        CallbackNative.submit(handle, method.number, arguments.bytes(), arguments.length(), count, token, options.timeoutMillis(), attachments);
    }

    @Override
    public long[] passObjects(ClientMethod method, Object[] arguments) {
        throw new DubboException(ErrorCode.UNSUPPORTED, "an object that is called back takes no objects to call back itself");
    }

    @Override
    public void objectsPassed(ClientMethod method, Object[] arguments) {}

    @Override
    public String name() {
        return "PolyDubbo object of the caller " + id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CallerObject && ((CallerObject) other).id.equals(id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }
}
