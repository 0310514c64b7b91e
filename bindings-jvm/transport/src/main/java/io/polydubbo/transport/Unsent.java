package io.polydubbo.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Messages that wait for a peer that does not read, in the order of their positions in the outgoing stream. */
final class Unsent {
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long written;

    private static final class Entry {
        final long position;
        final Object message;

        Entry(long position, Object message) {
            this.position = position;
            this.message = message;
        }
    }

    /** Notes a message; false if it has been written meanwhile. */
    synchronized boolean add(long position, Object message) {
        if (position <= written) {
            return false;
        }
        entries.add(new Entry(position, message));
        return true;
    }

    /** Notes how far the stream is written; gives the messages that are now. */
    synchronized List<Object> written(long position) {
        written = Math.max(written, position);
        List<Object> messages = entries.isEmpty() ? Collections.emptyList() : new ArrayList<>();
        // Two threads may have added in the wrong order: then one waits for the next notice.
        while (!entries.isEmpty() && entries.peek().position <= written) {
            messages.add(entries.poll().message);
        }
        return messages;
    }
}
