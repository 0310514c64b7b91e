package io.polydubbo.transport.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.dubbo.remoting.Channel;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.exchange.ExchangeChannel;
import org.apache.dubbo.remoting.exchange.ExchangeClient;
import org.apache.dubbo.remoting.exchange.ExchangeServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dubbo's exchange layer over the native transport behaves as over Netty. */
@Timeout(60)
class ExchangeTest {
    @Test
    void aRequestIsAnsweredByTheWorkersOfTheServer() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            ExchangeClient client = pair.connect("", new Recorder());
            assertEquals("hello", client.request("hello", 20000).get());
            String thread = server.threads.get(0);
            // Named once, although both lines name it in different places.
            assertTrue(thread.startsWith("DubboServerHandler-") && thread.indexOf(':') == thread.lastIndexOf(':'), thread);
        }
    }

    @Test
    void aServerCallsItsClientOnTheSameConnection() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            pair.connect("", new Recorder() {
                @Override
                Object answer(Object request) {
                    return "client heard " + request;
                }
            });
            Channel channel = Recorder.next(server.connected);
            assertEquals("client heard event", ((ExchangeChannel) channel).request("event", 20000).get());
        }
    }

    @Test
    void aHundredRequestsAtOnceAndLargeOnesAreAnswered() throws Exception {
        try (Pair pair = new Pair()) {
            pair.bind("", new Recorder());
            ExchangeClient client = pair.connect("", new Recorder());
            List<CompletableFuture<Object>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add(client.request(text(i * 1000), 20000));
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(text(i * 1000), answers.get(i).get());
            }
            assertEquals(text(3_000_000), client.request(text(3_000_000), 20000).get());
        }
    }

    @Test
    void messagesOfOneConnectionArriveInOrder() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("dispatcher=direct", server);
            ExchangeClient client = pair.connect("", new Recorder());
            for (int i = 0; i < 5000; i++) {
                client.send(numbered(i));
            }
            for (int i = 0; i < 5000; i++) {
                assertArrayEquals(numbered(i), (int[]) Recorder.next(server.received));
            }
        }
    }

    /** A message that begins with its number, some short and some long. */
    private static int[] numbered(int number) {
        int[] message = new int[1 + number % 300];
        message[0] = number;
        return message;
    }

    @Test
    void everyDispatcherWorks() throws Exception {
        for (String dispatcher : new String[] {"all", "direct", "message", "execution", "connection"}) {
            try (Pair pair = new Pair()) {
                Recorder server = new Recorder();
                pair.bind("dispatcher=" + dispatcher, server);
                ExchangeClient client = pair.connect("dispatcher=" + dispatcher, new Recorder());
                assertEquals("hello", client.request("hello", 20000).get(), dispatcher);
                boolean onLoop = server.threads.get(0).startsWith("NativeServerWorker-");
                assertEquals(dispatcher.equals("direct"), onLoop, dispatcher + " " + server.threads);
            }
        }
    }

    @Test
    void pendingRequestsFailAtOnceWhenTheConnectionIsLost() throws Exception {
        Recorder server = silent();
        Recorder client = new Recorder();
        try (Pair pair = new Pair()) {
            ExchangeServer bound = pair.bind("", server);
            ExchangeClient connected = pair.connect("reconnect=false", client);
            CompletableFuture<Object> pending = connected.request("never answered", 1_000_000);
            Recorder.next(server.received);
            bound.getExchangeChannels().forEach(Channel::close);
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> pending.get(Recorder.SECONDS, TimeUnit.SECONDS));
            assertTrue(failure.getCause() instanceof RemotingException, failure.toString());
            assertTrue(failure.getMessage().contains("is inactive"), failure.toString());
            Recorder.next(client.disconnected);
            Recorder.next(server.disconnected);
        }
    }

    /** No serialization of Dubbo takes what does not say that it may be. */
    private static final class Unserializable {
        @SuppressWarnings("unused")
        private final int field = 1;
    }

    @Test
    void whatAServerCannotEncodeIsAnsweredWithAnError() throws Exception {
        Recorder server = new Recorder() {
            @Override
            Object answer(Object request) {
                return new Unserializable();
            }
        };
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            ExchangeClient client = pair.connect("", new Recorder());
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> client.request("x", 20000).get(Recorder.SECONDS, TimeUnit.SECONDS));
            assertTrue(failure.getCause() instanceof RemotingException, failure.toString());
        }
    }

    @Test
    void whatAClientCannotEncodeFailsAtOnceAndNothingIsSent() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            ExchangeClient client = pair.connect("", new Recorder());
            assertThrows(RemotingException.class, () -> client.request(new Unserializable(), 20000));
            assertEquals("after", client.request("after", 20000).get());
            assertEquals(1, server.threads.size());
        }
    }

    @Test
    void attributesBelongToTheChannelAndNullRemoves() throws Exception {
        Recorder server = new Recorder();
        try (Pair pair = new Pair()) {
            pair.bind("", server);
            ExchangeClient client = pair.connect("", new Recorder());
            client.setAttribute("key", "value");
            assertTrue(client.hasAttribute("key"));
            assertEquals("value", client.getAttribute("key"));
            client.setAttribute("key", null);
            assertFalse(client.hasAttribute("key"));
            Channel channel = Recorder.next(server.connected);
            channel.setAttribute("key", 1);
            assertFalse(client.hasAttribute("key"));
            channel.removeAttribute("key");
            assertEquals(null, channel.getAttribute("key"));
            assertEquals(client.getLocalAddress(), channel.getRemoteAddress());
            assertEquals(client.getRemoteAddress(), channel.getLocalAddress());
        }
    }

    @Test
    void aFullWorkerPoolRefusesAndTheConnectionLives() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Recorder server = new Recorder() {
            @Override
            Object answer(Object request) throws Exception {
                started.countDown();
                release.await();
                return request;
            }
        };
        try (Pair pair = new Pair()) {
            // The only worker is not needed for the event of the connection.
            pair.bind("dispatcher=message&threadpool=fixed&threads=1&queues=0", server);
            ExchangeClient client = pair.connect("", new Recorder());
            CompletableFuture<Object> first = client.request("first", 20000);
            started.await();
            ExecutionException refused =
                    assertThrows(ExecutionException.class, () -> client.request("second", 20000).get());
            assertTrue(refused.getMessage().contains("hread pool is EXHAUSTED") || refused.getMessage().contains("is exhausted"),
                    refused.toString());
            release.countDown();
            assertEquals("first", first.get());
        }
    }

    /** A server that never answers, but tells what came. */
    private static Recorder silent() {
        return new Recorder() {
            @Override
            Object answer(Object request) {
                received.add(request);
                return new CompletableFuture<Object>();
            }
        };
    }

    static String text(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + i % 26));
        }
        return text.toString();
    }
}
