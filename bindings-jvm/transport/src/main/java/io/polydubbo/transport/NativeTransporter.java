package io.polydubbo.transport;

import org.apache.dubbo.common.URL;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.Client;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.RemotingServer;
import org.apache.dubbo.remoting.Transporter;

/**
 * Sockets and frames of the Dubbo protocol by PolyDubbo, everything above by Dubbo itself.
 *
 * <p>Switched on for a whole program by {@link NativeSwitch}, or for one consumer by {@code client="native"} on its reference. The
 * other side does not notice which transport it talks to.
 */
public class NativeTransporter implements Transporter {
    /** Name of the extension. */
    public static final String NAME = "native";

    @Override
    public RemotingServer bind(URL url, ChannelHandler handler) throws RemotingException {
        return new NativeServer(url, handler);
    }

    @Override
    public Client connect(URL url, ChannelHandler handler) throws RemotingException {
        return new NativeClient(url, handler);
    }
}
