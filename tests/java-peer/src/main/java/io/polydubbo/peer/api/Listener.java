package io.polydubbo.peer.api;

/** Called back by the provider on the connection of the subscriber. */
public interface Listener {
    /** Takes one event and answers it. */
    String changed(String event);
}
