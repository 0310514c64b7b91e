package io.polydubbo.api.internal;

import io.polydubbo.internal.CallbackNative;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** The objects that were passed to providers to be called back. The same object passed again stays the same for the provider. */
final class PassedObjects {
    private final HessianCodec codec;
    private final Executor executor;
    private final Map<Object, Passed> passed = new IdentityHashMap<>();

    private static final class Passed {
        final long number;
        final long handle;

        Passed(long number, long handle) {
            this.number = number;
            this.handle = handle;
        }
    }

    PassedObjects(HessianCodec codec, Executor executor) {
        this.codec = codec;
        this.executor = executor;
    }

    /** Positions and handles of the objects among the arguments. */
    synchronized long[] pass(ClientMethod method, Object[] arguments) {
        List<Long> all = new ArrayList<>();
        method.callbacks.forEach((index, isReleased) -> {
            Object object = arguments[index];
            if (object != null) {
                all.add((long) index);
                all.add(passed.computeIfAbsent(object, key -> make(key, method.parameters[index])).handle);
            }
        });
        return all.stream().mapToLong(Long::longValue).toArray();
    }

    private Passed make(Object object, Class<?> type) {
        Model model = new Model(type, type.getName());
        long number = Events.get().serve(new ServiceTarget(model, object, codec, executor));
        return new Passed(number, CallbackNative.create(number, type.getName(), model.table()));
    }

    /** Lets those go that a method takes away from the provider. */
    synchronized void release(ClientMethod method, Object[] arguments) {
        method.callbacks.forEach((index, isReleased) -> {
            Passed object = isReleased ? passed.remove(arguments[index]) : null;
            if (object != null) {
                release(object);
            }
        });
    }

    /** Lets all objects go. */
    synchronized void close() {
        passed.values().forEach(PassedObjects::release);
        passed.clear();
    }

    private static void release(Passed object) {
        CallbackNative.release(object.handle);
        Events.get().unserve(object.number);
    }
}
