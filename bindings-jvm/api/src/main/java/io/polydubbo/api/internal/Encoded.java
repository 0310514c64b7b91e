package io.polydubbo.api.internal;

import java.io.ByteArrayOutputStream;

/** Encoded values in an array that may be longer than they are. */
final class Encoded extends ByteArrayOutputStream {
    Encoded() {
        super(512);
    }

    byte[] bytes() {
        return buf;
    }

    int length() {
        return count;
    }
}
