package io.polydubbo.transport.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.remoting.Client;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.RemotingServer;
import org.apache.dubbo.remoting.Transporters;
import org.apache.dubbo.remoting.exchange.ExchangeClient;
import org.apache.dubbo.remoting.exchange.ExchangeServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connecting, connecting again, binding, and what the URL says about that. */
@Timeout(90)
class ConnectTest {
    @Test
    void nobodyListens() throws Exception {
        try (Pair pair = new Pair()) {
            RemotingException failure = assertThrows(RemotingException.class, () -> pair.connect("", new Recorder()));
            assertTrue(failure.getMessage().contains("failed to connect to server /"), failure.getMessage());
            assertTrue(failure.getMessage().contains("error message is:Connection refused"), failure.getMessage());
        }
    }

    @Test
    void nobodyAnswersWithinTheTimeout() throws Exception {
        // Nobody accepts: when the queue of the system is full, connecting takes for ever.
        List<Socket> queue = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1)) {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket();
                queue.add(socket);
                try {
                    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()), 300);
                } catch (java.io.IOException filled) {
                    break;
                }
            }
            URL url = URL.valueOf("exchange://127.0.0.1:" + full.getLocalPort() + "/test?codec=exchange&client=native&connect.timeout=300");
            RemotingException failure =
                    assertThrows(RemotingException.class, () -> Transporters.connect(url, new Recorder()));
            assertTrue(failure.getMessage().contains("client-side timeout 300ms (elapsed: "), failure.getMessage());
        } finally {
            for (Socket socket : queue) {
                socket.close();
            }
        }
    }

    @Test
    void aClientThatNeedNotConnectAtOnceConnectsWhenItSends() throws Exception {
        try (Pair pair = new Pair()) {
            // 2.7.8 does so only if told to.
            ExchangeClient client = pair.connect("check=false&reconnect=false&send.reconnect=true", new Recorder());
            assertFalse(client.isConnected());
            assertThrows(RemotingException.class, () -> client.request("too early", 20000));
            pair.bind("", new Recorder());
            assertEquals("now", client.request("now", 20000).get());
            assertTrue(client.isConnected());
        }
    }

    @Test
    void aClientReconnectsByItself() throws Exception {
        Recorder events = new Recorder();
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            ExchangeServer bound = pair.bind("", server);
            // Dubbo looks after its connections once in a heartbeat, 3 once in a minute unless told otherwise.
            ExchangeClient client = pair.connect("heartbeat=1000&dubbo.application.least-reconnect-duration=1000", events);
            Recorder.next(events.connected);
            // The server may learn of the connection later than the client.
            Recorder.next(server.connected);
            bound.getExchangeChannels().forEach(channel -> channel.close());
            Recorder.next(events.disconnected);
            Recorder.next(events.connected);
            assertEquals("again", client.request("again", 20000).get());
        }
    }

    @Test
    void reconnectClosesTheOldConnection() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            ExchangeClient client = pair.connect("", new Recorder());
            Object before = client.getLocalAddress();
            client.reconnect();
            if (Version.getVersion().equals("2.7.8")) {
                // It leaves a connection that works alone.
                assertEquals(before, client.getLocalAddress());
                return;
            }
            assertFalse(before.equals(client.getLocalAddress()));
            assertEquals(before, ((org.apache.dubbo.remoting.Channel) Recorder.next(server.disconnected)).getRemoteAddress());
            assertEquals("new", client.request("new", 20000).get());
        }
    }

    @Test
    void aClosedClientSendsNothing() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            ExchangeClient client = pair.connect("", new Recorder());
            // Without a time to wait, 2.7.8 closes the connection but forgets that it did.
            client.close(0);
            assertFalse(client.isConnected());
            assertTrue(client.isClosed());
            assertThrows(RemotingException.class, () -> client.request("late", 20000));
        }
    }

    @Test
    void oneConnectionMoreThanAcceptedIsClosed() throws Exception {
        Recorder third = new Recorder();
        try (Pair pair = new Pair()) {
            ExchangeServer server = pair.bind("accepts=2", new Recorder());
            ExchangeClient first = pair.connect("", new Recorder());
            ExchangeClient second = pair.connect("", new Recorder());
            assertEquals("1", first.request("1", 20000).get());
            // Without check=false, a client that is closed before it looks calls that a connection which failed.
            pair.connect("reconnect=false&check=false", third);
            Recorder.next(third.disconnected);
            assertEquals("2", second.request("2", 20000).get());
            assertEquals(2, server.getChannels().size());
        }
    }

    @Test
    void aTakenPortIsRefusedAndAClosedServerFreesItAtOnce() throws Exception {
        try (Pair pair = new Pair()) {
            ExchangeServer server = pair.bind("", new Recorder());
            assertTrue(server.isBound());
            RemotingException taken = assertThrows(RemotingException.class, () -> pair.bind("", new Recorder()));
            assertTrue(taken.getMessage().startsWith("Failed to bind NativeServer on "), taken.getMessage());
            assertTrue(taken.getMessage().contains("Address already in use"), taken.getMessage());
            server.close();
            assertFalse(server.isBound());
            pair.bind("", new Recorder());
        }
    }

    @Test
    void aServerBindsWhereItIsTold() throws Exception {
        int other = Pair.freePort();
        try (Pair pair = new Pair()) {
            pair.bind("bind.ip=127.0.0.1&bind.port=" + other, new Recorder());
            new Socket("127.0.0.1", other).close();
            assertThrows(java.io.IOException.class, () -> new Socket("127.0.0.1", pair.port).close());
        }
        try (Pair pair = new Pair()) {
            pair.bind("anyhost=true", new Recorder());
            InetAddress own = InetAddress.getLocalHost();
            new Socket(own, pair.port).close();
        }
    }

    @Test
    void ioThreadsSaysHowManyLoopsAServerHas() throws Exception {
        // Those of servers closed before are still ending.
        waitForLoops(0);
        try (Pair pair = new Pair()) {
            pair.bind("iothreads=2", new Recorder());
            waitForLoops(2);
            ExchangeClient one = pair.connect("", new Recorder());
            ExchangeClient two = pair.connect("", new Recorder());
            assertEquals("1", one.request("1", 20000).get());
            assertEquals("2", two.request("2", 20000).get());
        }
        waitForLoops(0);
    }

    private static void waitForLoops(int count) throws InterruptedException {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (loops() != count) {
            assertTrue(System.nanoTime() < deadline, loops() + " loops, want " + count);
            Thread.sleep(10);
        }
    }

    private static long loops() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("NativeServerWorker-")).count();
    }

    @Test
    void tlsIsRefusedLoudly() throws Exception {
        try (Pair pair = new Pair()) {
            RemotingException server = assertThrows(RemotingException.class, () -> pair.bind("ssl-enabled=true", new Recorder()));
            assertTrue(server.getMessage().contains("has no TLS"), server.getMessage());
            pair.bind("", new Recorder());
            RemotingException client = assertThrows(RemotingException.class, () -> pair.connect("ssl-enabled=true", new Recorder()));
            assertTrue(client.getMessage().contains("has no TLS"), client.getMessage());
        }
    }

    @Test
    void aResetChangesTheLimitOfConnections() throws Exception {
        Recorder second = new Recorder();
        try (Pair pair = new Pair()) {
            RemotingServer server = pair.bind("accepts=5", new Recorder());
            server.reset(pair.url("accepts=1"));
            ExchangeClient first = pair.connect("", new Recorder());
            assertEquals("1", first.request("1", 20000).get());
            pair.connect("reconnect=false&check=false", second);
            Recorder.next(second.disconnected);
        }
    }

    @Test
    void theClientIsFoundByItsChannel() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            Recorder events = new Recorder();
            Client client = pair.connect("", events);
            assertEquals(client.getLocalAddress(), Recorder.next(events.connected).getLocalAddress());
        }
    }
}
