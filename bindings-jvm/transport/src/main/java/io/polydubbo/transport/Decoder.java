package io.polydubbo.transport;

import java.io.IOException;
import org.apache.dubbo.remoting.Codec2;
import org.apache.dubbo.remoting.buffer.ChannelBuffer;
import org.apache.dubbo.remoting.buffer.ChannelBuffers;

/** Turns the bytes of one channel into messages with Dubbo's codec. Used by the thread of the loop only. */
final class Decoder {
    private static final byte[] NOTHING = new byte[0];

    private final NativeChannel channel;
    private final Codec2 codec;
    /** Beginning of a message outside of any frame: a telnet line without its end. */
    private byte[] rest = NOTHING;

    Decoder(NativeChannel channel, Codec2 codec) {
        this.channel = channel;
        this.codec = codec;
    }

    /** Takes whole frames. */
    void frames(byte[] bytes) throws Exception {
        ChannelBuffer buffer = ChannelBuffers.wrappedBuffer(bytes);
        decode(buffer);
        if (buffer.readable()) {
            throw new IOException("The codec did not decode " + buffer.readableBytes() + " bytes of whole frames.");
        }
    }

    /** Takes the header of a frame whose body was too long. */
    void truncated(byte[] header) throws Exception {
        decode(ChannelBuffers.wrappedBuffer(header));
    }

    /** Takes bytes outside of any frame. */
    void raw(byte[] bytes) throws Exception {
        byte[] all = rest.length == 0 ? bytes : join(rest, bytes);
        // What fails must not be tried again with every byte that follows.
        rest = NOTHING;
        ChannelBuffer buffer = ChannelBuffers.wrappedBuffer(all);
        decode(buffer);
        byte[] left = new byte[buffer.readableBytes()];
        buffer.readBytes(left);
        rest = left;
    }

    private void decode(ChannelBuffer buffer) throws Exception {
        do {
            int begin = buffer.readerIndex();
            Object message = codec.decode(channel, buffer);
            if (message == Codec2.DecodeResult.NEED_MORE_INPUT) {
                buffer.readerIndex(begin);
                return;
            }
            if (begin == buffer.readerIndex()) {
                throw new IOException("Decode without read data.");
            }
            if (message != null) {
                channel.deliver(message);
            }
        } while (buffer.readable());
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
