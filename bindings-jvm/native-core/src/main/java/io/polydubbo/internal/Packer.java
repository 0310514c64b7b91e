package io.polydubbo.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the small structures that cross the border as one array; {@code bindings-jvm/src/frame.rs} reads them. */
public final class Packer {
    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    /**
     * Appends a byte.
     *
     * @param value the byte
     */
    public void putByte(int value) {
        room(1).put((byte) value);
    }

    /**
     * Appends a number.
     *
     * @param value the number
     */
    public void putInt(int value) {
        room(4).putInt(value);
    }

    /**
     * Appends a text.
     *
     * @param text the text
     */
    public void putText(String text) {
        putBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Appends bytes with their length.
     *
     * @param bytes the bytes
     */
    public void putBytes(byte[] bytes) {
        putInt(bytes.length);
        room(bytes.length).put(bytes);
    }

    /**
     * The structure.
     *
     * @return its bytes
     */
    public byte[] finish() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer room(int count) {
        if (buffer.remaining() < count) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + count));
            larger.order(ByteOrder.nativeOrder()).put(buffer.array(), 0, buffer.position());
            buffer = larger;
        }
        return buffer;
    }
}
