package io.polydubbo.api.internal;

import io.polydubbo.api.CallOptions;
import io.polydubbo.api.RpcContext;
import io.polydubbo.internal.Kinds;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Makes calls out of the calls of a proxy. */
final class CallHandler implements InvocationHandler {
    private static final Object[] NO_ARGUMENTS = {};

    private final Plan plan;
    private final CallOptions options;

    /** What all proxies of one target share. */
    static final class Plan {
        final Target target;
        final Model model;
        final Codec codec;
        final Executor executor;
        private final ConcurrentHashMap<Method, ClientMethod> methods = new ConcurrentHashMap<>();
        private final ConcurrentHashMap<String, ClientMethod> named = new ConcurrentHashMap<>();

        Plan(Target target, Model model, Codec codec, Executor executor) {
            this.target = target;
            this.model = model;
            this.codec = codec;
            this.executor = executor;
        }

        ClientMethod method(Method method) {
            ClientMethod known = methods.get(method);
            return known != null ? known : methods.computeIfAbsent(method, key -> new ClientMethod(target, model, key));
        }

        /** A method that no interface describes. */
        ClientMethod method(String name, String descriptor) {
            return named.computeIfAbsent(name + '(' + descriptor, key -> new ClientMethod(target, name, descriptor));
        }
    }

    private CallHandler(Plan plan, CallOptions options) {
        this.plan = plan;
        this.options = options;
    }

    static CallHandler of(Plan plan, CallOptions options) {
        return new CallHandler(plan, options);
    }

    static Object proxy(Plan plan, CallOptions options) {
        Class<?> type = plan.model.type();
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new CallHandler(plan, options));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(proxy, method, arguments);
        }
        ClientMethod called = plan.method(method);
        Object[] values = arguments == null ? NO_ARGUMENTS : arguments;
        return called.isAsync ? callAsync(called, values) : call(called, values);
    }

    private Object ofObject(Object proxy, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "equals":
                return arguments[0] != null && Proxy.isProxyClass(arguments[0].getClass())
                        && Proxy.getInvocationHandler(arguments[0]) instanceof CallHandler
                        && sameTarget((CallHandler) Proxy.getInvocationHandler(arguments[0]));
            case "hashCode":
                return plan.target.hashCode();
            default:
                return plan.target.name();
        }
    }

    private boolean sameTarget(CallHandler other) {
        return plan.target.equals(other.plan.target);
    }

    Object call(ClientMethod method, Object[] arguments) throws Throwable {
        Waiter.refuseOnPump();
        Waiter waiter = new Waiter();
        long token = Events.get().expect(waiter);
        submit(method, arguments, token);
        return decode(method, waiter.awaitCall(token).orThrow());
    }

    CallFuture callAsync(ClientMethod method, Object[] arguments) {
        CallFuture future = new CallFuture(this, method);
        future.token = Events.get().expect(future);
        try {
            submit(method, arguments, future.token);
        } catch (RuntimeException | Error fault) {
            future.completeExceptionally(fault);
        }
        return future;
    }

    private void submit(ClientMethod method, Object[] arguments, long token) {
        Events.get().askOrForget(token, number -> {
            long[] callbacks = null;
            Object[] values = arguments;
            if (!method.callbacks.isEmpty()) {
                callbacks = plan.target.passObjects(method, arguments);
                values = withoutObjects(method, arguments);
            }
            try (Encoded encoded = plan.codec.encode(values)) {
                plan.target.submit(method, encoded, values.length, number, options, Attachments.pack(attachments()), callbacks);
            }
            if (callbacks != null) {
                plan.target.objectsPassed(method, arguments);
            }
        });
    }

    /** The provider gets a number in place of an object that it calls back. */
    private static Object[] withoutObjects(ClientMethod method, Object[] arguments) {
        Object[] values = arguments.clone();
        method.callbacks.keySet().forEach(index -> values[index] = null);
        return values;
    }

    private Map<String, Object> attachments() {
        RpcContext context = RpcContext.current();
        if (context == null || context.attachments().isEmpty()) {
            return options.attachments();
        }
        Map<String, Object> all = new LinkedHashMap<>(context.attachments());
        all.putAll(options.attachments());
        return all;
    }

    Executor executor() {
        return plan.executor;
    }

    /** The value of a result; its exception is thrown. */
    Object decode(ClientMethod method, Outcome outcome) throws Throwable {
        boolean isValue = outcome.has(Kinds.VALUE);
        boolean isException = outcome.has(Kinds.EXCEPTION);
        boolean hasAttachments = outcome.has(Kinds.ATTACHMENTS) && options.onAnswer() != null;
        int count = (isValue || isException ? 1 : 0) + (hasAttachments ? 1 : 0);
        if (count == 0) {
            return Results.empty(method.result);
        }
        boolean isChecked = outcome.has(Kinds.CHECKED) && count == 1;
        Codec.Decoder decoder = isChecked ? plan.codec.checked(outcome.payload()) : plan.codec.decoder(outcome.payload(), count);
        Object value = isValue ? decoder.next(method.result == void.class ? Object.class : method.result) : null;
        Throwable thrown = isException ? decoder.nextThrowable() : null;
        if (hasAttachments) {
            tellAttachments(decoder.next(Map.class));
        }
        if (thrown != null) {
            throw thrown;
        }
        return value == null || method.result == void.class ? Results.empty(method.result) : value;
    }

    private void tellAttachments(Object map) {
        Map<String, Object> attachments = new LinkedHashMap<>();
        if (map instanceof Map) {
            ((Map<?, ?>) map).forEach((key, value) -> attachments.put(String.valueOf(key), value));
        }
        options.onAnswer().accept(attachments);
    }
}
