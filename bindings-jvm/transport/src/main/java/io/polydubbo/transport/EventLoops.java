package io.polydubbo.transport;

import io.polydubbo.internal.NativeLibrary;
import org.apache.dubbo.remoting.Constants;

/** Loops that share connections. */
final class EventLoops {
    private static EventLoops clients;

    private final String threadName;
    private final EventLoop[] loops;
    private int next;

    private EventLoops(int size, String threadName) {
        NativeLibrary.load();
        this.threadName = threadName;
        this.loops = new EventLoop[size];
    }

    /** The loops of a server, running. */
    static EventLoops ofServer(int size) {
        EventLoops group = new EventLoops(size, "NativeServerWorker");
        for (int i = 0; i < size; i++) {
            group.next();
        }
        return group;
    }

    /** The loops of all clients; each starts with its first connection. */
    static synchronized EventLoops ofClients() {
        if (clients == null) {
            clients = new EventLoops(Constants.DEFAULT_IO_THREADS, "NativeClientWorker");
        }
        return clients;
    }

    /** The loop for the next connection. */
    synchronized EventLoop next() {
        int index = next++ % loops.length;
        if (loops[index] == null) {
            loops[index] = EventLoop.start(threadName + "-" + (index + 1));
        }
        return loops[index];
    }

    /** The numbers of all loops that run. */
    synchronized long[] numbers() {
        return java.util.Arrays.stream(loops).filter(java.util.Objects::nonNull).mapToLong(EventLoop::number).toArray();
    }

    /** Closes all connections and ends the threads. */
    synchronized void close() {
        for (EventLoop loop : loops) {
            if (loop != null) {
                loop.close();
            }
        }
    }
}
