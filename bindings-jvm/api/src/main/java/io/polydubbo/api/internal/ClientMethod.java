package io.polydubbo.api.internal;

import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Map;

/** One method of an interface as its callers need it. */
final class ClientMethod {
    final boolean isAsync;
    final Class<?> result;
    final Map<Integer, Boolean> callbacks;
    final Class<?>[] parameters;
    /** The number of the method at the target. */
    final int number;

    ClientMethod(Target target, Model model, Method method) {
        isAsync = Results.isAsync(method);
        result = Results.wireType(method);
        parameters = method.getParameterTypes();
        callbacks = model.callbacks(method.getName());
        number = target.method(target.wireName(method), Descriptors.of(method));
    }

    /** A method of which no more is known; its result is whatever comes. */
    ClientMethod(Target target, String name, String descriptor) {
        isAsync = false;
        result = Object.class;
        parameters = new Class<?>[0];
        callbacks = Collections.emptyMap();
        number = target.method(name, descriptor);
    }
}
