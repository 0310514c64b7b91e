package io.polydubbo.transport;

import org.apache.dubbo.common.URL;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.Client;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.RemotingServer;
import org.apache.dubbo.remoting.Transporter;

/**
 * Stands in front of every transporter, and takes its place for the Dubbo protocol where a property of this program says so:
 * {@value #SERVER} and {@value #CLIENT}, each {@code native}.
 *
 * <p>A parameter of the provider would be published, and consumers of Dubbo 3 that do not have this artifact try to use it. A
 * property stays here.
 */
public class NativeSwitch implements Transporter {
    /** Property for the servers of this program. */
    public static final String SERVER = "polydubbo.transport.server";
    /** Property for the clients of this program. */
    public static final String CLIENT = "polydubbo.transport.client";

    private static final String DUBBO = "dubbo";

    private final Transporter chosen;

    /**
     * Dubbo recognises by this constructor that the class stands in front of others.
     *
     * @param chosen the transporter that the URL names
     */
    public NativeSwitch(Transporter chosen) {
        this.chosen = chosen;
    }

    @Override
    public RemotingServer bind(URL url, ChannelHandler handler) throws RemotingException {
        return isOn(SERVER, url) ? new NativeServer(url, handler) : chosen.bind(url, handler);
    }

    @Override
    public Client connect(URL url, ChannelHandler handler) throws RemotingException {
        return isOn(CLIENT, url) ? new NativeClient(url, handler) : chosen.connect(url, handler);
    }

    private static boolean isOn(String property, URL url) {
        return DUBBO.equals(url.getProtocol()) && NativeTransporter.NAME.equals(System.getProperty(property));
    }
}
