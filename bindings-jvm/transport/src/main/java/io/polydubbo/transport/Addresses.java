package io.polydubbo.transport;

import io.polydubbo.internal.Unpacker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Both ends of a connection. */
final class Addresses {
    final InetSocketAddress local;
    final InetSocketAddress remote;

    /** Reads what {@code TransportNative.addresses} gives. */
    Addresses(byte[] packed) {
        Unpacker unpacker = new Unpacker(packed);
        local = next(unpacker);
        remote = next(unpacker);
    }

    private static InetSocketAddress next(Unpacker unpacker) {
        String host = unpacker.getText();
        int port = unpacker.getInt();
        try {
            // A number, so nothing is looked up.
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException impossible) {
            return InetSocketAddress.createUnresolved(host, port);
        }
    }
}
