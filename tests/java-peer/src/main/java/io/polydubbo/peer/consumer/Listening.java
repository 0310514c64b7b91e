package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import io.polydubbo.peer.api.Listener;

import java.util.ArrayList;
import java.util.List;

/** A listener that answers "heard " and the event, and keeps what it heard. */
public final class Listening implements Listener {
    private final List<String> events = new ArrayList<>();

    @Override
    public synchronized String changed(String event) {
        events.add(event);
        notifyAll();
        return "heard " + event;
    }

    /** Waits until exactly these events were heard. */
    synchronized void await(JsonArray expected, long ms) throws Exception {
        List<String> wanted = new ArrayList<>();
        expected.forEach(event -> wanted.add(event.getAsString()));
        long end = System.nanoTime() + ms * 1_000_000;
        while (!events.equals(wanted)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new Case.Mismatch("heard " + events + ", want " + wanted);
            }
            wait(left);
        }
    }
}
