package io.polydubbo.transport;

import io.polydubbo.DubboException;
import io.polydubbo.internal.TransportNative;
import java.net.InetSocketAddress;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.common.constants.CommonConstants;
import org.apache.dubbo.common.logger.Logger;
import org.apache.dubbo.common.logger.LoggerFactory;
import org.apache.dubbo.common.utils.NetUtils;
import org.apache.dubbo.remoting.Channel;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.exchange.Request;
import org.apache.dubbo.remoting.transport.AbstractClient;
import org.apache.dubbo.remoting.utils.UrlUtils;

/** A Dubbo client whose socket belongs to the native library. */
final class NativeClient extends AbstractClient implements ConnectionOwner {
    private static final Logger LOG = LoggerFactory.getLogger(NativeClient.class);

    // Set while the constructor of the superclass runs, so it may not have an initialiser.
    private volatile NativeChannel channel;

    /**
     * Connects.
     *
     * @param url where to, and how
     * @param handler who takes what arrives
     * @throws RemotingException if that fails and the URL does not say {@code check=false}
     */
    NativeClient(URL url, ChannelHandler handler) throws RemotingException {
        super(url, wrapChannelHandler(url, handler));
    }

    @Override
    protected void doOpen() throws Throwable {
        Unsupported.check(getUrl());
    }

    @Override
    protected void doConnect() throws Throwable {
        EventLoop loop = EventLoops.ofClients().next();
        long connection = connect(loop, getConnectAddress());
        NativeChannel made = open(connection, new Addresses(TransportNative.addresses(connection)));
        NativeChannel old = channel;
        if (old != null) {
            LOG.info("Close old channel " + old + " on create new channel " + made);
            old.close();
        }
        if (isClosed()) {
            LOG.info("Close new channel " + made + ", because the client closed.");
            made.close();
            channel = null;
            return;
        }
        channel = made;
        loop.admit(connection, made, this);
    }

    private long connect(EventLoop loop, InetSocketAddress address) throws RemotingException {
        URL url = getUrl();
        long start = System.currentTimeMillis();
        try {
            return TransportNative.connect(loop.number(), host(address), address.getPort(), getConnectTimeout(),
                    DubboLine.responseLimit(url), DubboLine.responseLimit(url), UrlUtils.getHeartbeat(url), 0);
        } catch (DubboException failure) {
            String text = "client(url: " + url + ") failed to connect to server " + address;
            if (failure.context().containsKey("timeout_ms")) {
                throw new RemotingException(this, text + " client-side timeout " + getConnectTimeout() + "ms (elapsed: "
                        + (System.currentTimeMillis() - start) + "ms) from native client " + NetUtils.getLocalHost()
                        + " using dubbo version " + Version.getVersion(), failure);
            }
            throw new RemotingException(this, text + ", error message is:" + failure.getMessage(), failure);
        }
    }

    private static String host(InetSocketAddress address) {
        return address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    }

    @Override
    protected void doDisConnect() throws Throwable {
        // The channel has been closed, and stays known until its end has been told: the calls on it fail then.
    }

    @Override
    protected void doClose() throws Throwable {
        // The loops belong to all clients.
    }

    @Override
    protected Channel getChannel() {
        return channel;
    }

    @Override
    public NativeChannel open(long connection, Addresses addresses) {
        return new NativeChannel(connection, addresses, getUrl(), this, getCodec());
    }

    /** The server closes connections that are silent for long. */
    @Override
    public void idle(NativeChannel silent) {
        Request heartbeat = new Request();
        heartbeat.setVersion(Version.getProtocolVersion());
        heartbeat.setTwoWay(true);
        heartbeat.setEvent(CommonConstants.HEARTBEAT_EVENT);
        try {
            silent.send(heartbeat);
        } catch (RemotingException failure) {
            LOG.warn("Cannot send a heartbeat on " + silent, failure);
        }
    }

    @Override
    public void ended(NativeChannel lost, String cause) {
        LOG.info("The connection of " + lost.getLocalAddress() + " -> " + lost.getRemoteAddress() + " is disconnected."
                + (cause == null ? "" : " Cause: " + cause));
    }

    /** The loops watch over silence, so Dubbo need not. */
    @Override
    public boolean canHandleIdle() {
        return true;
    }
}
