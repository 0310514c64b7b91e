package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.fail;

import io.polydubbo.internal.ReferenceNative;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.Callable;

/** What several tests need. */
final class TestSupport {
    private static final long PATIENCE_MILLIS = 30_000;

    private TestSupport() {}

    /** Calls, references, calls of services and payloads that the native side keeps. */
    static long[] counters() {
        return ReferenceNative.counters();
    }

    /** Waits until something holds; a test that never sees it fails. */
    static void eventually(String what, Callable<Boolean> holds) {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        try {
            while (!holds.call()) {
                if (System.currentTimeMillis() > end) {
                    fail("never happened: " + what);
                }
                Thread.sleep(10);
            }
        } catch (Exception failure) {
            fail(what, failure);
        }
    }

    /** The root of the repository: tests run in the folder of their module. */
    static Path root() {
        return Paths.get("").toAbsolutePath().getParent().getParent();
    }
}
