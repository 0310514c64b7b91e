package io.polydubbo.api.internal;

import io.polydubbo.api.CallOptions;
import java.lang.reflect.Method;

/** Where the calls of a proxy go. */
interface Target {
    /** Gives a method its number. */
    int method(String name, String descriptor);

    /** Name of a method on the wire. */
    default String wireName(Method method) {
        return method.getName();
    }

    /** Sends a call; its outcome arrives under {@code token}, unless this throws. */
    void submit(ClientMethod method, Encoded arguments, int count, long token, CallOptions options, byte[] attachments, long[] callbacks);

    /** What is sent in place of an argument that is called back, and the positions and handles of such arguments. */
    long[] passObjects(ClientMethod method, Object[] arguments);

    /** The call that passes objects was sent: those that its method lets go are not needed any more. */
    void objectsPassed(ClientMethod method, Object[] arguments);

    /** What is said of the target by {@code toString}. */
    String name();
}
