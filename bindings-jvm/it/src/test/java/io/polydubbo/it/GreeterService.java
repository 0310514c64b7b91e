package io.polydubbo.it;

import io.polydubbo.api.RpcContext;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves {@link Greeter}. */
public class GreeterService implements Greeter {
    private static final ScheduledExecutorService CLOCK = Executors.newScheduledThreadPool(1, body -> {
        Thread thread = new Thread(body, "clock");
        thread.setDaemon(true);
        return thread;
    });

    final AtomicInteger calls = new AtomicInteger();
    private final Map<String, List<Listener>> listeners = new ConcurrentHashMap<>();

    @Override
    public String hello(String name) {
        calls.incrementAndGet();
        return "Hello " + name;
    }

    @Override
    public void nothing() {
        calls.incrementAndGet();
    }

    @Override
    public int add(int a, long b) {
        return a + (int) b;
    }

    @Override
    public String overloaded(int value) {
        return "int " + value;
    }

    @Override
    public String overloaded(String value) {
        return "String " + value;
    }

    @Override
    public boolean isEven(int value) {
        return value % 2 == 0;
    }

    @Override
    public CompletableFuture<String> later(String text, long millis) {
        CompletableFuture<String> future = new CompletableFuture<>();
        CLOCK.schedule(() -> text.equals("fail") ? future.completeExceptionally(new IllegalStateException("failed later"))
                : future.complete(text), millis, TimeUnit.MILLISECONDS);
        return future;
    }

    @Override
    public Person older(Person person, List<Long> years) {
        years.forEach(more -> person.age += more.intValue());
        return person;
    }

    @Override
    public Object echo(Object value) {
        return value;
    }

    @Override
    public BigInteger square(BigInteger value) {
        return value.multiply(value);
    }

    @Override
    public void fail(String how, String message) throws Unknown, IOException {
        switch (how) {
            case "declared":
                throw new Unknown(message, 7);
            case "jdk":
                throw new IOException(message, new IllegalArgumentException("the cause"));
            case "surprise":
                throw new Surprise(message, new IllegalArgumentException("the cause"));
            case "error":
                throw new StackOverflowError(message);
            default:
                throw new IllegalStateException(message);
        }
    }

    @Override
    public String attachment(String key) {
        RpcContext context = RpcContext.current();
        context.reply().put("seen", key);
        return (String) context.request().attachments().get(key);
    }

    @Override
    public long sleep(long millis) throws InterruptedException {
        Thread.sleep(millis);
        return millis;
    }

    @Override
    public CompletableFuture<String> never() {
        return new CompletableFuture<>();
    }

    @Override
    public byte[] bytes(int size) {
        return new byte[size];
    }

    @Override
    public String tell(String event, int times, Listener listener) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            answers.add(listener.heard(event + i));
        }
        return String.join(",", answers);
    }

    @Override
    public void subscribe(String key, Listener listener) {
        listeners.computeIfAbsent(key, k -> new ArrayList<>()).add(listener);
    }

    @Override
    public int publish(String key, String event) {
        List<Listener> all = listeners.getOrDefault(key, new ArrayList<>());
        all.forEach(listener -> listener.heard(event));
        return all.size();
    }

    @Override
    public void unsubscribe(String key, Listener listener) {
        listeners.get(key).remove(listener);
    }

    @Override
    public Map<String, Object> circumstances() {
        RpcContext.Request request = RpcContext.current().request();
        Map<String, Object> all = new HashMap<>();
        all.put("service", request.service());
        all.put("method", request.method());
        all.put("remote", request.remoteAddress());
        all.put("local", request.localAddress());
        all.put("application", request.remoteApplication());
        all.put("remaining", request.remainingMillis());
        all.put("thread", Thread.currentThread().getName());
        return all;
    }
}
