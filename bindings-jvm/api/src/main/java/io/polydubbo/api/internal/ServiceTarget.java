package io.polydubbo.api.internal;

import io.polydubbo.api.RpcContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

/** An object whose methods are called from the other side: a service, or an object that was passed to one. */
final class ServiceTarget implements Events.CallTarget {
    private final Model model;
    private final Object object;
    private final Codec codec;
    private final Executor executor;
    private final Map<String, Method> methods = new HashMap<>();

    ServiceTarget(Model model, Object object, Codec codec, Executor executor) {
        this.model = model;
        this.object = object;
        this.codec = codec;
        this.executor = executor;
        for (Method method : model.methods()) {
            method.setAccessible(true);
            methods.put(method.getName() + '(' + Descriptors.of(method), method);
        }
    }

    @Override
    public void called(InboundCall call) {
        try {
            executor.execute(() -> run(call));
        } catch (RejectedExecutionException refused) {
            call.refuse(InboundCall.EXHAUSTED, exhausted());
        }
    }

    /** Dubbo's own words, which operators look for. */
    private String exhausted() {
        if (!(executor instanceof ThreadPoolExecutor)) {
            return "Thread pool is EXHAUSTED! " + executor;
        }
        ThreadPoolExecutor pool = (ThreadPoolExecutor) executor;
        return String.format("Thread pool is EXHAUSTED! Pool Size: %d (active: %d, core: %d, max: %d, largest: %d), Task: %d (completed: %d), "
                + "Executor status:(isShutdown:%s, isTerminated:%s, isTerminating:%s)", pool.getPoolSize(), pool.getActiveCount(),
                pool.getCorePoolSize(), pool.getMaximumPoolSize(), pool.getLargestPoolSize(), pool.getTaskCount(),
                pool.getCompletedTaskCount(), pool.isShutdown(), pool.isTerminated(), pool.isTerminating());
    }

    private void run(InboundCall call) {
        Method method = methods.get(call.method + '(' + call.descriptor);
        Object[] arguments;
        Map<String, Object> attachments;
        if (method == null) {
            call.refuse(InboundCall.SERVICE_ERROR, "no method " + call.method + " with parameters " + call.descriptor);
            return;
        }
        try {
            arguments = arguments(call, method);
            attachments = Attachments.decoded(call.attachments);
        } catch (RuntimeException | LinkageError | StackOverflowError fault) {
            call.refuse(InboundCall.BAD_REQUEST, "cannot decode the arguments: " + fault);
            return;
        }
        RpcContext.Request request = new RpcContext.Request(model.name(), call.method, call.remote, call.local, attachments, call.deadline());
        RpcContext.Scope scope = RpcContext.serve(request);
        try {
            invoke(call, method, arguments, RpcContext.current());
        } finally {
            scope.close();
        }
    }

    private Object[] arguments(InboundCall call, Method method) {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        if (types.length > 0) {
            Codec.Decoder decoder = codec.decoder(call.arguments, types.length);
            for (int i = 0; i < types.length; i++) {
                arguments[i] = decoder.next(types[i]);
            }
        }
        for (InboundCall.PassedObject passed : call.callbacks) {
            arguments[passed.index] = CallerObject.proxy(passed, types[passed.index], codec);
        }
        return arguments;
    }

    private void invoke(InboundCall call, Method method, Object[] arguments, RpcContext context) {
        Object result;
        try {
            result = method.invoke(object, arguments);
        } catch (InvocationTargetException thrown) {
            answer(call, method, null, thrown.getCause(), context);
            return;
        } catch (IllegalAccessException | IllegalArgumentException refused) {
            answer(call, method, null, refused, context);
            return;
        }
        if (result instanceof CompletionStage) {
            ((CompletionStage<?>) result).whenComplete((value, thrown) -> answer(call, method, value, thrown, context));
        } else {
            answer(call, method, result, null, context);
        }
    }

    private void answer(InboundCall call, Method method, Object value, Throwable thrown, RpcContext context) {
        try {
            byte[] extra = attachments(context);
            if (thrown != null) {
                Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
                reply(call, true, ThrownExceptions.portable(cause, method, model.type()), extra);
            } else if (value != null) {
                reply(call, false, value, extra);
            } else {
                call.reply(false, null, extra);
            }
        } catch (RuntimeException | LinkageError | StackOverflowError fault) {
            call.refuse(InboundCall.BAD_RESPONSE, "Failed to send response: Response [status=20], cause: " + fault);
        }
    }

    private void reply(InboundCall call, boolean isException, Object value, byte[] extra) {
        try (Encoded encoded = codec.encode(value)) {
            call.reply(isException, encoded, extra);
        }
    }

    private static byte[] attachments(RpcContext context) {
        synchronized (context.reply()) {
            return Attachments.pack(context.reply());
        }
    }
}
