package io.polydubbo.api.internal;

import io.polydubbo.internal.Packer;
import io.polydubbo.internal.Unpacker;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Attachments on their way over the border. */
final class Attachments {
    private static final int TEXT = 0;
    private static final int INT = 1;
    private static final int ENCODED = 2;

    private Attachments() {}

    /** Null for none. */
    static byte[] pack(Map<String, Object> attachments) {
        if (attachments.isEmpty()) {
            return null;
        }
        Packer packer = new Packer();
        packer.putInt(attachments.size());
        attachments.forEach((key, value) -> {
            packer.putText(key);
            pack(packer, value);
        });
        return packer.finish();
    }

    private static void pack(Packer packer, Object value) {
        if (value instanceof String) {
            packer.putByte(TEXT);
            packer.putText((String) value);
        } else if (value instanceof Integer) {
            packer.putByte(INT);
            packer.putInt((Integer) value);
        } else {
            try (Encoded encoded = HessianCodec.DATA.encode(value)) {
                packer.putByte(ENCODED);
                packer.putBytes(Arrays.copyOf(encoded.bytes(), encoded.length()));
            }
        }
    }

    static Map<String, Object> unpack(Unpacker unpacker) {
        int count = unpacker.getInt();
        if (count == 0) {
            return Collections.emptyMap();
        }
        Map<String, Object> attachments = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String key = unpacker.getText();
            attachments.put(key, value(unpacker));
        }
        return Collections.unmodifiableMap(attachments);
    }

    private static Object value(Unpacker unpacker) {
        switch (unpacker.getByte()) {
            case TEXT:
                return unpacker.getText();
            case INT:
                return unpacker.getInt();
            default:
                return new Late(unpacker.getBytes());
        }
    }

    /** A value that nobody has asked for yet; it is decoded on the thread of the service. */
    private static final class Late {
        final byte[] encoded;

        Late(byte[] encoded) {
            this.encoded = encoded;
        }
    }

    /** The same with every value decoded; those of classes beyond the data types of the JDK are refused. */
    static Map<String, Object> decoded(Map<String, Object> attachments) {
        if (attachments.values().stream().noneMatch(Late.class::isInstance)) {
            return attachments;
        }
        Map<String, Object> decoded = new LinkedHashMap<>(attachments);
        decoded.replaceAll((key, value) -> value instanceof Late ? HessianCodec.DATA.decode(((Late) value).encoded) : value);
        return Collections.unmodifiableMap(decoded);
    }
}
