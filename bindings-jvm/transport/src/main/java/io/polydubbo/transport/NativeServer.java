package io.polydubbo.transport;

import io.polydubbo.internal.TransportNative;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.constants.CommonConstants;
import org.apache.dubbo.common.logger.Logger;
import org.apache.dubbo.common.logger.LoggerFactory;
import org.apache.dubbo.common.utils.NetUtils;
import org.apache.dubbo.remoting.Channel;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.Constants;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.transport.AbstractServer;
import org.apache.dubbo.remoting.transport.dispatcher.ChannelHandlers;

/** A Dubbo server whose sockets belong to the native library. */
final class NativeServer extends AbstractServer implements ConnectionOwner {
    private static final Logger LOG = LoggerFactory.getLogger(NativeServer.class);

    // Set while the constructor of the superclass runs, so none of them may have an initialiser.
    private Map<String, Channel> channels;
    private EventLoops loops;
    private long owner;
    private long listener;
    private volatile boolean bound;

    /**
     * Binds.
     *
     * @param url where, and how
     * @param handler who takes what arrives
     * @throws RemotingException if the address cannot be taken
     */
    NativeServer(URL url, ChannelHandler handler) throws RemotingException {
        super(DubboLine.serverUrl(url), ChannelHandlers.wrap(handler, url));
    }

    @Override
    protected void doOpen() throws Throwable {
        URL url = getUrl();
        Unsupported.check(url);
        int idleMillis = DubboLine.serverIdleMillis(url);
        channels = new ConcurrentHashMap<>();
        loops = EventLoops.ofServer(url.getPositiveParameter(CommonConstants.IO_THREADS_KEY, Constants.DEFAULT_IO_THREADS));
        owner = EventLoop.register(this);
        try {
            InetSocketAddress address = getBindAddress();
            listener = TransportNative.bind(loops.numbers(), host(address), address.getPort(), DubboLine.requestLimit(url),
                    DubboLine.responseLimit(url), url.getParameter(CommonConstants.KEEP_ALIVE_KEY, false), idleMillis, owner);
            bound = true;
        } catch (Throwable failure) {
            doClose();
            throw failure;
        }
    }

    private static String host(InetSocketAddress address) {
        return address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    }

    @Override
    protected void doClose() throws Throwable {
        bound = false;
        TransportNative.closeListener(listener);
        for (Channel channel : getChannels()) {
            channel.close();
        }
        loops.close();
        EventLoop.unregister(owner);
        channels.clear();
    }

    @Override
    public NativeChannel open(long connection, Addresses addresses) {
        NativeChannel channel = new NativeChannel(connection, addresses, getUrl(), this, getCodec());
        channels.put(NetUtils.toAddressString(addresses.remote), channel);
        LOG.info("The connection of " + addresses.remote + " -> " + addresses.local + " is established.");
        return channel;
    }

    /** A client sends heartbeats; one that sends nothing for several of them is gone. */
    @Override
    public void idle(NativeChannel channel) {
        LOG.info("IdleStateEvent triggered, close channel " + channel);
        channel.close();
    }

    @Override
    public void ended(NativeChannel channel, String cause) {
        channels.remove(NetUtils.toAddressString(channel.getRemoteAddress()), channel);
        LOG.info("The connection of " + channel.getRemoteAddress() + " -> " + channel.getLocalAddress() + " is disconnected."
                + (cause == null ? "" : " Cause: " + cause));
    }

    /** Number of connections; Dubbo 3 asks for it. */
    protected int getChannelsSize() {
        return channels.size();
    }

    @Override
    public Collection<Channel> getChannels() {
        return new ArrayList<>(channels.values());
    }

    @Override
    public Channel getChannel(InetSocketAddress remoteAddress) {
        return channels.get(NetUtils.toAddressString(remoteAddress));
    }

    @Override
    public boolean isBound() {
        return bound;
    }

    /** The loops watch over silence, so Dubbo need not. */
    @Override
    public boolean canHandleIdle() {
        return true;
    }
}
