package io.polydubbo.peer.provider;

import com.google.gson.JsonSyntaxException;
import io.polydubbo.peer.api.Behaviour;
import io.polydubbo.peer.api.Listener;
import io.polydubbo.peer.api.PeerException;
import io.polydubbo.peer.api.PeerRuntimeException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Serves {@link Behaviour}. */
public final class BehaviourService implements Behaviour {
    private final Map<String, Integer> counters = new ConcurrentHashMap<>();
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "later");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public String hello(String name) {
        return "Hello, " + name;
    }

    @Override
    public void nothing() {}

    @Override
    public void consume(Object value) {}

    @Override
    public String nothingFound() {
        return null;
    }

    @Override
    public String overloaded() {
        return "";
    }

    @Override
    public String overloaded(int value) {
        return "I";
    }

    @Override
    public String overloaded(long value) {
        return "J";
    }

    @Override
    public String overloaded(Integer value) {
        return "Ljava/lang/Integer;";
    }

    @Override
    public String overloaded(String value) {
        return "Ljava/lang/String;";
    }

    @Override
    public String overloaded(List<String> value) {
        return "Ljava/util/List;";
    }

    @Override
    public String overloaded(int first, String second) {
        return "ILjava/lang/String;";
    }

    @Override
    public String overloaded(String[] values) {
        return "[Ljava/lang/String;";
    }

    @Override
    public String overloaded(Object value) {
        return "Ljava/lang/Object;";
    }

    @Override
    public void throwChecked(int code, String message) throws PeerException {
        throw new PeerException(code, message, null);
    }

    @Override
    public void throwWithCause(String message, String cause) throws PeerException {
        throw new PeerException(1, message, new IllegalArgumentException(cause));
    }

    @Override
    public void throwUnchecked(String message) {
        throw new PeerRuntimeException(message);
    }

    @Override
    public void throwStandard(String message) {
        throw new IllegalStateException(message);
    }

    @Override
    public void throwUndeclared(String message) {
        BehaviourService.<RuntimeException>sneak(new IOException(message));
    }

    @Override
    public void throwHidden(String message) {
        throw new HiddenException(message);
    }

    @Override
    public void throwForeign(String message) {
        throw new JsonSyntaxException(message);
    }

    @Override
    public long sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException("interrupted", interrupted);
        }
        return ms;
    }

    @Override
    public CompletableFuture<String> later(String value, long ms) {
        CompletableFuture<String> future = new CompletableFuture<>();
        clock.schedule(() -> future.complete(value), ms, TimeUnit.MILLISECONDS);
        return future;
    }

    @Override
    public String attachment(String key) {
        return Caller.attachment(key);
    }

    @Override
    public String answerWith(String key, String value) {
        Caller.answerWith(key, value);
        return value;
    }

    @Override
    public void add(String counter, int amount) {
        counters.merge(counter, amount, Integer::sum);
    }

    @Override
    public int count(String counter) {
        return counters.getOrDefault(counter, 0);
    }

    @Override
    public int remotePort() {
        return Caller.port();
    }

    @Override
    public int size(byte[] bytes) {
        return bytes.length;
    }

    @Override
    public byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return bytes;
    }

    @Override
    public String tell(String key, int times, Listener listener) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            answers.add(listener.changed(key + "-" + i));
        }
        return String.join(",", answers);
    }

    @Override
    public void subscribe(String key, Listener listener) {
        listeners.put(key, listener);
        listener.changed(key + "-subscribed");
    }

    @Override
    public boolean publish(String key, String event) {
        Listener listener = listeners.get(key);
        if (listener == null) {
            return false;
        }
        listener.changed(event);
        return true;
    }

    @Override
    public void unsubscribe(String key, Listener listener) {
        listeners.remove(key);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable throwable) throws T {
        throw (T) throwable;
    }
}
