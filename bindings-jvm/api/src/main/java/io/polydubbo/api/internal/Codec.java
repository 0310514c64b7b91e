package io.polydubbo.api.internal;

/** How values become bytes. The native side sees bytes only. */
interface Codec {
    /** Values one after the other, which share objects. To be closed when it is not needed any more. */
    Encoded encode(Object... values);

    /** A reader of {@code count} values, which are checked first. */
    Decoder decoder(byte[] body, int count);

    /** A reader of values that were checked before. */
    Decoder checked(byte[] body);

    /** Reads values in their order. */
    interface Decoder {
        /** The next value as one of a type; {@code Object} takes what comes. */
        Object next(Class<?> type);

        /** The next value, which was thrown. One of a class that this side must not make is a {@code RemoteException}. */
        Throwable nextThrowable();
    }
}
