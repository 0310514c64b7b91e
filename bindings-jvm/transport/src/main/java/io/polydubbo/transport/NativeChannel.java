package io.polydubbo.transport;

import io.polydubbo.internal.EventPump;
import io.polydubbo.internal.TransportNative;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.constants.CommonConstants;
import org.apache.dubbo.common.logger.Logger;
import org.apache.dubbo.common.logger.LoggerFactory;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.Codec2;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.buffer.DynamicChannelBuffer;
import org.apache.dubbo.remoting.exchange.Request;
import org.apache.dubbo.remoting.transport.AbstractChannel;
import org.apache.dubbo.remoting.utils.PayloadDropper;

/** One connection of a {@link NativeServer} or {@link NativeClient}. */
final class NativeChannel extends AbstractChannel {
    private static final Logger LOG = LoggerFactory.getLogger(NativeChannel.class);

    private final long connection;
    private final Addresses addresses;
    private final ChannelHandler handler;
    private final Codec2 codec;
    private final Decoder decoder;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final Unsent unsent = new Unsent();
    private volatile boolean connected = true;

    /**
     * @param connection its number
     * @param addresses both ends
     * @param url URL of the endpoint
     * @param endpoint the server or client, which is also who handles what happens here
     * @param codec of the endpoint
     */
    NativeChannel(long connection, Addresses addresses, URL url, ChannelHandler endpoint, Codec2 codec) {
        super(url, endpoint);
        this.connection = connection;
        this.addresses = addresses;
        this.handler = endpoint;
        this.codec = codec;
        this.decoder = new Decoder(this, codec);
    }

    // ---- sending -------------------------------------------------------------------------------

    @Override
    public void send(Object message, boolean sent) throws RemotingException {
        super.send(message, sent);
        long position = write(message);
        if (position == 0) {
            return;
        }
        if (sent && !EventPump.isPumpThread()) {
            await(message, Math.abs(position));
        } else if (position < 0 && unsent.add(-position, message)) {
            return;
        }
        tellSent(message);
    }

    /** Encodes and writes; 0 if there was nothing to write, because the codec has sent another message instead. */
    private long write(Object message) throws RemotingException {
        DynamicChannelBuffer buffer = EncodeBuffer.take();
        try {
            codec.encode(this, buffer, message);
            int length = buffer.readableBytes();
            return length == 0 ? 0 : TransportNative.send(connection, buffer.array(), length);
        } catch (Throwable cause) {
            throw new RemotingException(this, "Failed to send message " + PayloadDropper.getRequestWithoutData(message) + " to "
                    + getRemoteAddress() + ", cause: " + cause.getMessage(), cause);
        } finally {
            EncodeBuffer.giveBack(buffer);
        }
    }

    private void await(Object message, long position) throws RemotingException {
        int timeout = getUrl().getPositiveParameter(CommonConstants.TIMEOUT_KEY, CommonConstants.DEFAULT_TIMEOUT);
        if (!awaitWritten(position, timeout)) {
            throw new RemotingException(this, "Failed to send message " + PayloadDropper.getRequestWithoutData(message) + " to "
                    + getRemoteAddress() + "in timeout(" + timeout + "ms) limit");
        }
    }

    private boolean awaitWritten(long position, int timeout) {
        try {
            return TransportNative.awaitWritten(connection, position, timeout);
        } catch (RuntimeException ended) {
            return false;
        }
    }

    private void tellSent(Object message) {
        if (!(message instanceof Request) && !DubboLine.tellsOfResponses()) {
            return;
        }
        try {
            handler.sent(this, message);
        } catch (Throwable fault) {
            LOG.warn("A handler failed after a message was sent, channel: " + this, fault);
        }
    }

    // ---- what the loop tells -------------------------------------------------------------------

    /** The connection is part of its loop now. */
    void onConnected() {
        try {
            handler.connected(this);
        } catch (Throwable fault) {
            onFault(fault);
        }
    }

    /** Bytes have arrived that are whole frames. */
    void onFrames(byte[] bytes, boolean truncated) {
        try {
            if (truncated) {
                decoder.truncated(bytes);
            } else {
                decoder.frames(bytes);
            }
        } catch (Throwable fault) {
            onFault(fault);
        }
    }

    /** Bytes have arrived that belong to no frame. */
    void onRaw(byte[] bytes) {
        try {
            decoder.raw(bytes);
        } catch (Throwable fault) {
            onFault(fault);
        }
    }

    /** Everything before the position is written. */
    void onWritten(long position) {
        unsent.written(position).forEach(this::tellSent);
    }

    /** The connection has ended. */
    void onDisconnected() {
        connected = false;
        try {
            handler.disconnected(this);
        } catch (Throwable fault) {
            onFault(fault);
        }
    }

    /** Hands a message on; what the handler throws for one must not stop those behind it. */
    void deliver(Object message) {
        try {
            handler.received(this, message);
        } catch (Throwable fault) {
            onFault(fault);
        }
    }

    private void onFault(Throwable fault) {
        LOG.warn("The connection of " + this + " has exception.", fault);
        try {
            handler.caught(this, fault);
        } catch (Throwable further) {
            LOG.warn("A handler failed to handle an exception, channel: " + this, further);
        }
    }

    // ---- the rest of a channel -----------------------------------------------------------------

    @Override
    public InetSocketAddress getLocalAddress() {
        return addresses.local;
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return addresses.remote;
    }

    @Override
    public boolean isConnected() {
        return connected && !isClosed();
    }

    @Override
    public void close() {
        super.close();
        attributes.clear();
        TransportNative.close(connection);
    }

    @Override
    public boolean hasAttribute(String key) {
        return attributes.containsKey(key);
    }

    @Override
    public Object getAttribute(String key) {
        return attributes.get(key);
    }

    @Override
    public void setAttribute(String key, Object value) {
        if (value == null) {
            attributes.remove(key);
        } else {
            attributes.put(key, value);
        }
    }

    @Override
    public void removeAttribute(String key) {
        attributes.remove(key);
    }

    /**
     * There is one object for each connection, and it is also equal to the client whose connection it is at present: Dubbo
     * remembers the client with each call, and looks for the calls of a channel when that has ended.
     */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof NativeClient && ((NativeClient) other).getChannel() == this;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(connection);
    }

    @Override
    public String toString() {
        return "NativeChannel [" + addresses.local + " -> " + addresses.remote + "]";
    }
}
