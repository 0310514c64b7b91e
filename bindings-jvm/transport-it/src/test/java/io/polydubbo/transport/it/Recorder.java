package io.polydubbo.transport.it;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.dubbo.remoting.Channel;
import org.apache.dubbo.remoting.exchange.ExchangeChannel;
import org.apache.dubbo.remoting.exchange.ExchangeHandler;

/** What an exchange handler is told; requests are answered by {@link #answer(Object)}. */
class Recorder implements ExchangeHandler {
    static final int SECONDS = 20;

    final BlockingQueue<Channel> connected = new LinkedBlockingQueue<>();
    final BlockingQueue<Channel> disconnected = new LinkedBlockingQueue<>();
    final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    final List<String> threads = new CopyOnWriteArrayList<>();

    /** The answer to a request; tests override it. */
    Object answer(Object request) throws Exception {
        return request;
    }

    @Override
    public CompletableFuture<Object> reply(ExchangeChannel channel, Object request) {
        threads.add(Thread.currentThread().getName());
        CompletableFuture<Object> future = new CompletableFuture<>();
        try {
            Object answer = answer(request);
            if (answer instanceof CompletableFuture) {
                @SuppressWarnings("unchecked")
                CompletableFuture<Object> later = (CompletableFuture<Object>) answer;
                return later;
            }
            future.complete(answer);
        } catch (Exception failure) {
            future.completeExceptionally(failure);
        }
        return future;
    }

    @Override
    public void connected(Channel channel) {
        connected.add(channel);
    }

    @Override
    public void disconnected(Channel channel) {
        disconnected.add(channel);
    }

    @Override
    public void sent(Channel channel, Object message) {}

    @Override
    public void received(Channel channel, Object message) {
        received.add(message);
    }

    @Override
    public void caught(Channel channel, Throwable exception) {}

    @Override
    public String telnet(Channel channel, String message) {
        return "you said " + message + "\r\n";
    }

    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T value = queue.poll(SECONDS, TimeUnit.SECONDS);
        if (value == null) {
            throw new AssertionError("nothing came within " + SECONDS + " seconds");
        }
        return value;
    }
}
