package io.polydubbo.transport.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.exchange.ExchangeClient;
import org.apache.dubbo.remoting.exchange.ExchangeHandler;
import org.apache.dubbo.remoting.exchange.ExchangeServer;
import org.apache.dubbo.remoting.exchange.Exchangers;

/** Servers and clients of Dubbo's exchange layer over the native transport, closed together. */
final class Pair implements AutoCloseable {
    final int port = freePort();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** The URL of this pair with further parameters, {@code a=b&c=d}. */
    URL url(String parameters) {
        return URL.valueOf("exchange://127.0.0.1:" + port + "/test?codec=exchange&transporter=native&server=native&client=native"
                + "&heartbeat=60000&timeout=20000" + (parameters.isEmpty() ? "" : "&" + parameters));
    }

    ExchangeServer bind(String parameters, ExchangeHandler handler) throws RemotingException {
        ExchangeServer server = Exchangers.bind(url(parameters).addParameter("side", "provider"), handler);
        open.add(server::close);
        return server;
    }

    ExchangeClient connect(String parameters, ExchangeHandler handler) throws RemotingException {
        ExchangeClient client = Exchangers.connect(url(parameters).addParameter("side", "consumer"), handler);
        open.add(client::close);
        return client;
    }

    @Override
    public void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
