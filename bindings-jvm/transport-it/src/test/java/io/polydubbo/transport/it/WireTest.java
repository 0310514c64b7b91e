package io.polydubbo.transport.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.remoting.Client;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.Transporters;
import org.apache.dubbo.remoting.exchange.ExchangeClient;
import org.apache.dubbo.remoting.exchange.ExchangeServer;
import org.apache.dubbo.remoting.exchange.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a plain socket at the other end sees. */
@Timeout(90)
class WireTest {
    /** A heartbeat, two-way, id 7, the null of Hessian2. */
    private static final byte[] HEARTBEAT = {(byte) 0xda, (byte) 0xbb, (byte) 0xe2, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 'N'};

    @Test
    void aServerAnswersHeartbeatsHoweverTheyAreCut() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                for (int cut = 0; cut < HEARTBEAT.length; cut++) {
                    OutputStream out = socket.getOutputStream();
                    out.write(HEARTBEAT, 0, cut);
                    out.flush();
                    Thread.sleep(2);
                    out.write(HEARTBEAT, cut, HEARTBEAT.length - cut);
                    byte[] answer = read(socket, 17);
                    assertEquals(0x22, answer[2]);
                    assertEquals(20, answer[3]);
                    assertEquals(7, answer[11]);
                }
                // Several in one packet.
                ByteArrayOutputStream many = new ByteArrayOutputStream();
                for (int i = 0; i < 50; i++) {
                    many.write(HEARTBEAT);
                }
                socket.getOutputStream().write(many.toByteArray());
                read(socket, 50 * 17);
            }
        }
    }

    @Test
    void aSilentClientIsClosedAndOneWithHeartbeatsIsNot() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("heartbeat=300", new Recorder());
            ExchangeClient lively = pair.connect("heartbeat=300&reconnect=false", new Recorder());
            Object address = lively.getLocalAddress();
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                // Nothing but the end comes: a server sends no heartbeats.
                assertEquals(-1, socket.getInputStream().read());
            }
            assertTrue(lively.isConnected());
            assertEquals(address, lively.getLocalAddress());
        }
    }

    @Test
    void aClientSendsHeartbeatsWhenNothingComes() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            URL url = URL.valueOf("exchange://127.0.0.1:" + server.getLocalPort() + "/test?codec=exchange&client=native&heartbeat=200");
            Client client = Transporters.connect(url, new Recorder());
            try (Socket socket = server.accept()) {
                for (int i = 0; i < 3; i++) {
                    byte[] frame = read(socket, 17);
                    assertEquals((byte) 0xe2, frame[2], "a two-way event");
                    assertEquals('N', frame[16]);
                }
            } finally {
                client.close();
            }
        }
    }

    @Test
    void telnetIsAnsweredAndMayBeCutAnywhere() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                OutputStream out = socket.getOutputStream();
                for (byte b : "status -l\r\n".getBytes(StandardCharsets.US_ASCII)) {
                    out.write(b);
                    out.flush();
                    Thread.sleep(2);
                }
                String want = "you said status -l\r\n";
                assertEquals(want, new String(read(socket, want.length()), StandardCharsets.US_ASCII));
                out.write("ls\n".getBytes(StandardCharsets.US_ASCII));
                want = "you said ls\r\n";
                assertEquals(want, new String(read(socket, want.length()), StandardCharsets.US_ASCII));
                // A frame behind text is still a frame.
                out.write(HEARTBEAT);
                assertEquals(7, read(socket, 17)[11]);
            }
        }
    }

    @Test
    void anOverLongResponseFailsItsRequestAndTheConnectionLives() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("payload=10000000", new Recorder() {
                @Override
                Object answer(Object request) {
                    return ExchangeTest.text((Integer) request);
                }
            });
            ExchangeClient client = pair.connect("payload=1000", new Recorder());
            int limit = 1000 - 5;
            assertEquals(ExchangeTest.text(limit), client.request(limit, 20000).get());
            if (!Version.getVersion().equals("2.7.8")) {
                // 2.7.8 lets such a request wait for its timeout, over Netty too.
                ExecutionException failure =
                        assertThrows(ExecutionException.class, () -> client.request(3_000_000, 20000).get());
                assertTrue(failure.getMessage().contains("Data length too large: "), failure.getMessage());
            }
            assertEquals("after", client.request(5, 20000).get().toString().replace("abcde", "after"));
        }
    }

    @Test
    void anOverLongRequestIsNotSent() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("payload=10000000", new Recorder());
            ExchangeClient client = pair.connect("payload=1000", new Recorder());
            RemotingException failure =
                    assertThrows(RemotingException.class, () -> client.request(ExchangeTest.text(2000), 20000));
            assertTrue(failure.getMessage().contains("Data length too large: "), failure.getMessage());
            assertEquals("after", client.request("after", 20000).get());
        }
    }

    @Test
    void anOverLongRequestThatArrivesCostsOnlyItself() throws Exception {
        boolean isChecked = Version.getVersion().startsWith("2.7");
        try (Pair pair = new Pair()) {
            pair.bind("payload=1000", new Recorder() {
                @Override
                Object answer(Object request) {
                    return request.toString().length();
                }
            });
            ExchangeClient client = pair.connect("payload=10000000", new Recorder());
            if (isChecked) {
                // 2.7 does not answer; the request behind it is understood.
                client.request(ExchangeTest.text(3_000_000), 20000);
            } else {
                // 3.x reads every request.
                assertEquals(3_000_000, client.request(ExchangeTest.text(3_000_000), 20000).get());
            }
            assertEquals(5, client.request("after", 20000).get());
        }
    }

    @Test
    void whoWaitsForTheWriteToAPeerThatDoesNotReadWaitsForItsTimeoutOnly() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            URL url = URL.valueOf("exchange://127.0.0.1:" + server.getLocalPort()
                    + "/test?codec=exchange&client=native&payload=0&timeout=200");
            Client client = Transporters.connect(url, new Recorder());
            try (Socket socket = server.accept()) {
                Request small = oneWay("small");
                client.send(small, true);
                RemotingException failure = assertThrows(RemotingException.class, () -> {
                    for (int i = 0; i < 100; i++) {
                        client.send(oneWay(ExchangeTest.text(1_000_000)), true);
                    }
                });
                assertTrue(failure.getMessage().contains("in timeout(200ms) limit"), failure.getMessage());
            } finally {
                client.close();
            }
        }
    }

    @Test
    void aServerThatStopsSaysSoBeforeItCloses() throws Exception {
        try (Pair pair = new Pair()) {
            ExchangeServer server = pair.bind("", new Recorder());
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                socket.getOutputStream().write(HEARTBEAT);
                read(socket, 17);
                server.startClose();
                server.close(2000);
                byte[] frame = read(socket, 18);
                assertEquals((byte) 0xa2, frame[2], "a one-way event");
                assertArrayEquals(new byte[] {1, 'R'}, java.util.Arrays.copyOfRange(frame, 16, 18));
                assertEquals(-1, socket.getInputStream().read());
            }
        }
    }

    @Test
    void aClosingServerLetsNobodyIn() throws Exception {
        try (Pair pair = new Pair()) {
            ExchangeServer server = pair.bind("", new Recorder());
            server.startClose();
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                assertEquals(-1, socket.getInputStream().read());
            }
        }
    }

    @Test
    void garbageLengthsEndTheConnectionAndNotTheServer() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            byte[] negative = HEARTBEAT.clone();
            negative[12] = (byte) 0xff;
            try (Socket socket = new Socket("127.0.0.1", pair.port)) {
                socket.getOutputStream().write(negative);
                assertEquals(-1, socket.getInputStream().read());
            }
            ExchangeClient client = pair.connect("", new Recorder());
            assertEquals("alive", client.request("alive", 20000).get());
        }
    }

    private static Request oneWay(Object data) {
        Request request = new Request();
        request.setVersion(Version.getProtocolVersion());
        request.setTwoWay(false);
        request.setData(data);
        return request;
    }

    private static byte[] read(Socket socket, int length) throws Exception {
        socket.setSoTimeout(Recorder.SECONDS * 1000);
        byte[] bytes = new byte[length];
        InputStream in = socket.getInputStream();
        new DataInputStream(in).readFully(bytes);
        return bytes;
    }

}
