package io.polydubbo.api.internal;

/** How values become bytes. The native side sees bytes only. */
interface Codec {
    /** Values one after the other, which share objects. */
    Encoded encode(Object... values);

    /** A reader of {@code count} values. */
    Decoder decoder(byte[] body, int count);

    /** Reads values in their order. */
    interface Decoder {
        /** The next value as one of a type; {@code Object} takes what comes. */
        Object next(Class<?> type);

        /** The next value, which was thrown. One of a class that this side must not make is a {@code RemoteException}. */
        Throwable nextThrowable();
    }
}
