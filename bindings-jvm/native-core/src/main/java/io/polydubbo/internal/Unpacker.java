package io.polydubbo.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the small structures that cross the border as one array; {@code bindings-jvm/src/frame.rs} writes them. */
public final class Unpacker {
    private final ByteBuffer buffer;

    /**
     * A reader of a structure.
     *
     * @param bytes the structure
     */
    public Unpacker(byte[] bytes) {
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /**
     * The next byte.
     *
     * @return the byte
     */
    public int getByte() {
        return buffer.get();
    }

    /**
     * The next number.
     *
     * @return the number
     */
    public int getInt() {
        return buffer.getInt();
    }

    /**
     * The next long number.
     *
     * @return the number
     */
    public long getLong() {
        return buffer.getLong();
    }

    /**
     * The next text.
     *
     * @return the text
     */
    public String getText() {
        return new String(getBytes(), StandardCharsets.UTF_8);
    }

    /**
     * The next bytes.
     *
     * @return the bytes
     */
    public byte[] getBytes() {
        byte[] bytes = new byte[buffer.getInt()];
        buffer.get(bytes);
        return bytes;
    }
}
