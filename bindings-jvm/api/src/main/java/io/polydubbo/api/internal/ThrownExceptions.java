package io.polydubbo.api.internal;

import io.polydubbo.api.RemoteException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Objects;

/** Which exceptions of services consumers can know, by the rules of Dubbo's exception filter. */
final class ThrownExceptions {
    private ThrownExceptions() {}

    /** The exception itself if consumers have its class, else a {@code RuntimeException} whose message tells all about it. */
    static Throwable portable(Throwable thrown, Method method, Class<?> type) {
        boolean isChecked = thrown instanceof Exception && !(thrown instanceof RuntimeException);
        if (isChecked || isDeclared(thrown, method) || isOfJdk(thrown) || thrown instanceof RemoteException || isBeside(thrown, type)) {
            return thrown;
        }
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return new RuntimeException(text.toString());
    }

    private static boolean isDeclared(Throwable thrown, Method method) {
        return Arrays.stream(method.getExceptionTypes()).anyMatch(declared -> declared == thrown.getClass());
    }

    private static boolean isOfJdk(Throwable thrown) {
        String name = thrown.getClass().getName();
        return name.startsWith("java.") || name.startsWith("javax.");
    }

    /** Whoever has the interface has what lies in the same archive. */
    private static boolean isBeside(Throwable thrown, Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        CodeSource other = thrown.getClass().getProtectionDomain().getCodeSource();
        return source != null && other != null && Objects.equals(source.getLocation(), other.getLocation());
    }
}
