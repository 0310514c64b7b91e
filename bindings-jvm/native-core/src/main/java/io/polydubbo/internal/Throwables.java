package io.polydubbo.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.NativePanicException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes the exceptions for errors of the native library. */
public final class Throwables {
    private Throwables() {}

    /**
     * The exception for an error. The native library calls this one.
     *
     * @param number the number of its kind
     * @param message its text
     * @param context keys and values of its details in turn
     * @return the exception to be thrown
     */
    public static Throwable of(int number, String message, String[] context) {
        if (number == ErrorCode.PANIC.number()) {
            return new NativePanicException(message);
        }
        Map<String, String> details = new LinkedHashMap<>();
        for (int i = 0; i + 1 < context.length; i += 2) {
            details.put(context[i], context[i + 1]);
        }
        return new DubboException(ErrorCode.of(number), message, details, null);
    }
}
