package com.acme;

import io.polydubbo.api.Callback;

/** A service that calls its callers. */
public interface Events {
    /** What a caller passes. */
    interface Listener {
        String changed(String event);
    }

    void subscribe(String key, @Callback Listener listener);

    void unsubscribe(String key, @Callback(release = true) Listener listener);
}
