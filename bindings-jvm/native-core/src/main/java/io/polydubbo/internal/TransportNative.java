package io.polydubbo.internal;

/**
 * The native methods of the Dubbo transport: loops, ports and connections by number. {@link NativeLibrary#load()} must have
 * returned before any is called.
 *
 * <p>Each loop has a queue that an {@link EventPump} drains; the pump thread itself waits for the sockets of the loop and reads
 * them. The records have the kinds listed here.
 */
public final class TransportNative {
    /** Whole frames have arrived: the payload. With flag {@link #TRUNCATED} one header, whose body was too long and is skipped. */
    public static final int FRAMES = 3;
    /** A connection is there; owner: who accepted or made it; payload: its addresses, see {@link #addresses(long)}. */
    public static final int CONNECTED = 4;
    /** A connection has ended; payload: why, in UTF-8, empty if one of both sides has closed it. */
    public static final int DISCONNECTED = 5;
    /** Nothing has happened on a connection for the time that was asked for. */
    public static final int IDLE = 6;
    /** Bytes that had to wait are written; token: everything before this position is. */
    public static final int WRITTEN = 7;
    /** Bytes outside of any frame have arrived: the payload. */
    public static final int RAW = 8;

    /** The payload is the header of a frame without its body. */
    public static final int TRUNCATED = 1 << 2;

    private TransportNative() {}

    /**
     * Makes a loop.
     *
     * @return its number
     */
    public static native long openLoop();

    /**
     * The queue through which a loop works, for one {@link EventPump}. To be called once for each loop.
     *
     * @param eventLoop number of the loop
     * @return number of the queue
     */
    public static native long loopQueue(long eventLoop);

    /**
     * Ends a loop: its connections are closed; behind the records of their ends its queue ends too.
     *
     * @param eventLoop number of the loop
     */
    public static native void closeLoop(long eventLoop);

    /**
     * Listens on a port, whose connections are spread over some loops.
     *
     * @param loops numbers of the loops; the first one accepts
     * @param host address to listen on
     * @param port port to listen on
     * @param requestLimit longest body of a request, no limit if not positive
     * @param responseLimit longest body of a response, no limit if not positive
     * @param keepAlive whether the system probes silent peers
     * @param idleMillis {@link #IDLE} is told when nothing was read or written for so long; never if not positive
     * @param owner given with each connection
     * @return number of the port
     */
    public static native long bind(long[] loops, String host, int port, int requestLimit, int responseLimit, boolean keepAlive,
            int idleMillis, long owner);

    /**
     * Frees a port at once. Open connections stay.
     *
     * @param listener number of the port
     */
    public static native void closeListener(long listener);

    /**
     * Connects and blocks until that is done. The connection does nothing before {@link #start(long)}.
     *
     * @param eventLoop number of its loop
     * @param host where to
     * @param port where to
     * @param timeoutMillis how long at most
     * @param requestLimit longest body of a request, no limit if not positive
     * @param responseLimit longest body of a response, no limit if not positive
     * @param idleMillis {@link #IDLE} is told when nothing was read for so long; never if not positive
     * @param owner given with the connection
     * @return number of the connection, which is never used for another one
     */
    public static native long connect(long eventLoop, String host, int port, int timeoutMillis, int requestLimit, int responseLimit,
            int idleMillis, long owner);

    /**
     * Addresses of a connection.
     *
     * @param connection number of the connection
     * @return host and port of this side and of the peer, for an {@link Unpacker}
     */
    public static native byte[] addresses(long connection);

    /**
     * Hands a connection that {@link #connect} made to its loop.
     *
     * @param connection number of the connection
     */
    public static native void start(long connection);

    /**
     * Sends bytes, which never mix with those of another call. Does not block.
     *
     * @param connection number of the connection
     * @param bytes array that begins with them
     * @param length how many
     * @return the position behind them in the outgoing stream, negative if they have to wait for a peer that does not read
     */
    public static native long send(long connection, byte[] bytes, int length);

    /**
     * Blocks until everything before a position is written.
     *
     * @param connection number of the connection
     * @param position position in the outgoing stream
     * @param timeoutMillis how long at most
     * @return false if it is not
     */
    public static native boolean awaitWritten(long connection, long position, int timeoutMillis);

    /**
     * Ends a connection once what was sent is written, as far as the peer reads it. Does not wait for that.
     *
     * @param connection number of the connection
     */
    public static native void close(long connection);

    /**
     * Connections whose end was not told yet.
     *
     * @return their number, 0 when nothing leaks
     */
    public static native int connections();
}
