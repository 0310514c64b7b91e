package io.polydubbo.internal;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The safety net below {@code close()}: cleans up behind objects that the program has lost. The pumps do the work.
 *
 * <p>With {@code -Dpolydubbo.leakDetection=full} the log says where such an object was made.
 */
public final class Reaper {
    private static final Logger LOG = Logger.getLogger(Reaper.class.getName());
    private static final boolean TRACE = "full".equals(System.getProperty("polydubbo.leakDetection"));
    private static final ReferenceQueue<Object> LOST = new ReferenceQueue<>();
    private static final Set<Guard> GUARDS = ConcurrentHashMap.newKeySet();

    private Reaper() {}

    /** Watches over one object. */
    public static final class Guard extends PhantomReference<Object> {
        private final Runnable cleanup;
        private final String what;
        private final Throwable made;

        private Guard(Object object, String what, Runnable cleanup) {
            super(object, LOST);
            this.cleanup = cleanup;
            this.what = what;
            this.made = TRACE ? new Throwable("made here") : null;
        }

        /** Ends the watch: the object was closed as it should be. */
        public void dismiss() {
            GUARDS.remove(this);
            clear();
        }
    }

    /**
     * Watches over an object.
     *
     * @param object the object
     * @param what its name for the log, null for objects that need not be closed
     * @param cleanup what is done when the collector has taken the object; must not refer to it
     * @return to be dismissed when the object is closed
     */
    public static Guard watch(Object object, String what, Runnable cleanup) {
        Guard guard = new Guard(object, what, cleanup);
        GUARDS.add(guard);
        return guard;
    }

    /** Cleans up behind what was lost since the last time. */
    static void run() {
        for (Object lost = LOST.poll(); lost != null; lost = LOST.poll()) {
            Guard guard = (Guard) lost;
            if (GUARDS.remove(guard)) {
                clean(guard);
            }
        }
    }

    private static void clean(Guard guard) {
        if (guard.what != null) {
            LOG.log(Level.WARNING, guard.what + " was lost without being closed"
                    + (TRACE ? "" : "; -Dpolydubbo.leakDetection=full shows where it was made"), guard.made);
        }
        try {
            guard.cleanup.run();
        } catch (RuntimeException fault) {
            LOG.log(Level.WARNING, "cannot clean up behind a lost object", fault);
        }
    }
}
