package io.polydubbo.transport;

import io.polydubbo.internal.Batch;
import io.polydubbo.internal.EventPump;
import io.polydubbo.internal.TransportNative;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A daemon thread with the sockets that it reads, and the channels of their connections. */
final class EventLoop implements EventPump.Handler {
    private static final Map<Long, ConnectionOwner> OWNERS = new ConcurrentHashMap<>();
    private static final AtomicLong NEXT = new AtomicLong(1);

    private final long number;
    private final Map<Long, Tenant> tenants = new ConcurrentHashMap<>();

    private static final class Tenant {
        final NativeChannel channel;
        final ConnectionOwner owner;

        Tenant(NativeChannel channel, ConnectionOwner owner) {
            this.channel = channel;
            this.owner = owner;
        }
    }

    private EventLoop(long number) {
        this.number = number;
    }

    /** Starts a loop. */
    static EventLoop start(String threadName) {
        EventLoop loop = new EventLoop(TransportNative.openLoop());
        EventPump.start(TransportNative.loopQueue(loop.number), threadName, loop);
        return loop;
    }

    /** Gives an owner the number under which its connections come. */
    static long register(ConnectionOwner owner) {
        long key = NEXT.getAndIncrement();
        OWNERS.put(key, owner);
        return key;
    }

    /** Forgets an owner. Connections that still come are closed. */
    static void unregister(long key) {
        OWNERS.remove(key);
    }

    long number() {
        return number;
    }

    /** Takes a connection in that this side has made, and lets it begin. */
    void admit(long connection, NativeChannel channel, ConnectionOwner owner) {
        tenants.put(connection, new Tenant(channel, owner));
        try {
            TransportNative.start(connection);
        } catch (RuntimeException closed) {
            tenants.remove(connection);
            throw closed;
        }
    }

    /** Closes all connections, and ends the thread when that is done. */
    void close() {
        TransportNative.closeLoop(number);
    }

    @Override
    public void handle(Batch record) {
        long connection = record.connection();
        if (record.kind() == TransportNative.CONNECTED) {
            connected(record, connection);
            return;
        }
        Tenant tenant = record.kind() == TransportNative.DISCONNECTED ? tenants.remove(connection) : tenants.get(connection);
        if (tenant == null) {
            return;
        }
        switch (record.kind()) {
            case TransportNative.FRAMES:
                tenant.channel.onFrames(record.payload(), (record.flags() & TransportNative.TRUNCATED) != 0);
                break;
            case TransportNative.RAW:
                tenant.channel.onRaw(record.payload());
                break;
            case TransportNative.WRITTEN:
                tenant.channel.onWritten(record.token());
                break;
            case TransportNative.IDLE:
                tenant.owner.idle(tenant.channel);
                break;
            case TransportNative.DISCONNECTED:
                String cause = new String(record.payload(), StandardCharsets.UTF_8);
                tenant.owner.ended(tenant.channel, cause.isEmpty() ? null : cause);
                tenant.channel.onDisconnected();
                break;
            default:
                throw new IllegalStateException("a record of the unknown kind " + record.kind());
        }
    }

    private void connected(Batch record, long connection) {
        Tenant known = tenants.get(connection);
        if (known != null) {
            known.channel.onConnected();
            return;
        }
        ConnectionOwner owner = OWNERS.get(record.owner());
        if (owner == null) {
            TransportNative.close(connection);
            return;
        }
        NativeChannel channel = owner.open(connection, new Addresses(record.payload()));
        tenants.put(connection, new Tenant(channel, owner));
        channel.onConnected();
    }
}
