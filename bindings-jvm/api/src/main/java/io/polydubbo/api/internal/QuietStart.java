package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;

/**
 * Initialises hessian-lite without noise: on a JDK whose packages are closed to libraries it prints a stack trace for each field of
 * {@code StackTraceElement} and {@code BigInteger}, classes that {@link Classes} handles itself.
 */
final class QuietStart {
    private QuietStart() {}

    /** What other threads print meanwhile is printed. */
    static void run() {
        PrintStream error = System.err;
        Thread silent = Thread.currentThread();
        System.setErr(new PrintStream(new FilterOutputStream(error) {
            @Override
            public void write(byte[] bytes, int offset, int count) throws IOException {
                if (Thread.currentThread() != silent) {
                    out.write(bytes, offset, count);
                }
            }

            @Override
            public void write(int value) throws IOException {
                if (Thread.currentThread() != silent) {
                    out.write(value);
                }
            }
        }, true));
        try {
            Class.forName(SerializerFactory.class.getName(), true, SerializerFactory.class.getClassLoader());
        } catch (ClassNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        } finally {
            System.setErr(error);
        }
    }
}
