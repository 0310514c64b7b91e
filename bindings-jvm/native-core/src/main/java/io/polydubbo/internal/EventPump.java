package io.polydubbo.internal;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A daemon thread that hands the events of one queue to Java code, and does the I/O that brings them while it waits for them. It ends
 * when its queue is closed.
 *
 * <p>The thread belongs to Java, so a program ends when its own threads end, and code that runs here sees the class loader of
 * this library, wherever its classes lie.
 */
public final class EventPump {
    private static final Logger LOG = Logger.getLogger(EventPump.class.getName());
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int MAX_RECORDS = 512;
    /** How long the native side waits before it lets this thread look around. */
    private static final int WAIT_MILLIS = 1000;
    private static final long PAUSE_MILLIS = 100;

    private final long queue;
    private final Handler handler;
    private final Batch batch = new Batch(BATCH_BYTES);

    private EventPump(long queue, Handler handler) {
        this.queue = queue;
        this.handler = handler;
    }

    /** Takes events. */
    public interface Handler {
        /**
         * Takes one event. Must not block: all events of the queue wait meanwhile.
         *
         * @param record the event; it is valid during this call only
         */
        void handle(Batch record);
    }

    /**
     * Starts to drain a queue.
     *
     * @param queue number of the queue
     * @param name name of the thread
     * @param handler who takes the events
     */
    public static void start(long queue, String name, Handler handler) {
        Thread thread = new PumpThread(new EventPump(queue, handler)::run, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(EventPump.class.getClassLoader());
        thread.start();
    }

    /**
     * Whether the calling thread is a pump, which must not wait for what only a pump can bring.
     *
     * @return true on a thread that {@link #start} made
     */
    public static boolean isPumpThread() {
        return Thread.currentThread() instanceof PumpThread;
    }

    private void run() {
        int count = 0;
        while (count >= 0) {
            count = poll();
            for (int i = 0; i < count; i++) {
                handle(i);
            }
            Reaper.run();
        }
    }

    private int poll() {
        try {
            return QueueNative.poll(queue, batch.buffer(), MAX_RECORDS, WAIT_MILLIS);
        } catch (Throwable fault) {
            LOG.log(Level.SEVERE, "cannot take events from the native library; trying again", fault);
            pause();
            return 0;
        }
    }

    private void handle(int index) {
        batch.select(index);
        try {
            handler.handle(batch);
        } catch (Throwable fault) {
            // One bad event must not stop those behind it.
            LOG.log(Level.SEVERE, "an event of kind " + batch.kind() + " was lost", fault);
        } finally {
            batch.release();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException ignored) {
            // Nobody interrupts a pump on purpose; its queue ends it.
        }
    }

    private static final class PumpThread extends Thread {
        /** As much as the native library gives to threads of its own. */
        private static final long STACK_BYTES = 2 * 1024 * 1024;

        PumpThread(Runnable body, String name) {
            super(null, body, name, STACK_BYTES);
        }
    }
}
