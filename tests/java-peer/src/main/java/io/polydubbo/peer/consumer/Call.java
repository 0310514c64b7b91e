package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** One call, made as an application makes it: through the proxy, or through GenericService. */
final class Call {
    final Method method;
    final Object[] args;
    private final Class<?> service;
    private final JsonObject step;
    private final boolean generic;

    Call(Class<?> service, JsonObject step, Map<String, Listening> listeners) throws Exception {
        this.service = service;
        this.step = step;
        this.generic = step.has("generic");
        this.method = find(service, step.get("method").getAsString(), step.get("descriptor").getAsString());
        this.args = arguments(step.getAsJsonArray("args"), listeners);
    }

    /** The type against which the result is compared. */
    Class<?> resultType() {
        return generic || Future.class.isAssignableFrom(method.getReturnType()) ? Object.class : method.getReturnType();
    }

    Outcome run(References references, Map<String, String> parameters) throws Exception {
        Object target = generic ? references.generic(service, parameters) : references.get(service, parameters);
        Rpc rpc = new Rpc(attachments(), step.has("one_way"));
        long start = System.nanoTime();
        Object value = null;
        Throwable thrown = null;
        try {
            value = rpc.run(target, this::invoke);
        } catch (ExecutionException | InvocationTargetException failed) {
            thrown = failed.getCause();
        } catch (RuntimeException failed) {
            thrown = failed;
        }
        // A proxy of the JDK may throw no checked exception that its interface does not declare.
        if (thrown instanceof UndeclaredThrowableException) {
            thrown = thrown.getCause();
        }
        long ms = (System.nanoTime() - start) / 1_000_000;
        return new Outcome(value, thrown, rpc.answered(), ms);
    }

    private Object invoke(Object target) throws Exception {
        if (!generic) {
            return wait(method.invoke(target, args));
        }
        String[] types = new String[args.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = method.getParameterTypes()[i].getCanonicalName();
        }
        return Rpc.generic(target, method.getName(), types, args);
    }

    private static Object wait(Object value) throws Exception {
        return value instanceof CompletableFuture ? ((CompletableFuture<?>) value).get() : value;
    }

    private Map<String, String> attachments() {
        Map<String, String> attachments = new HashMap<>();
        if (step.has("attachments")) {
            step.getAsJsonObject("attachments").entrySet().forEach(entry ->
                    attachments.put(entry.getKey(), entry.getValue().getAsString()));
        }
        return attachments;
    }

    private Object[] arguments(JsonArray values, Map<String, Listening> listeners) throws Exception {
        Object[] arguments = new Object[values.size()];
        for (int i = 0; i < arguments.length; i++) {
            Class<?> declared = generic ? Object.class : method.getParameterTypes()[i];
            arguments[i] = argument(values.get(i), declared, listeners);
        }
        return arguments;
    }

    private static Object argument(JsonElement value, Class<?> declared, Map<String, Listening> listeners)
            throws Exception {
        String tag = value.getAsJsonObject().get("t").getAsString();
        if (tag.equals("listener")) {
            return listeners.computeIfAbsent(value.getAsJsonObject().get("id").getAsString(), id -> new Listening());
        }
        return Tagged.toJava(value, declared);
    }

    private static Method find(Class<?> service, String name, String descriptor) throws Exception {
        return service.getMethod(name, MethodType.fromMethodDescriptorString("(" + descriptor + ")V", Call.class.getClassLoader())
                .parameterArray());
    }
}
