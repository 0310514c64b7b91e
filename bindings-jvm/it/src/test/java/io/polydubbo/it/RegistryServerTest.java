package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.Reference;
import io.polydubbo.api.RegistryServer;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RegistryServerTest {
    @Test
    void thoseWhoNameTheRegistryFindEachOther() {
        try (RegistryServer registry = RegistryServer.start("127.0.0.1", 0);
                Server server = Server.builder()
                        .host("127.0.0.1")
                        .port(0)
                        .registry(registry.url())
                        .shutdownNotice(Duration.ZERO)
                        .service(Service.builder(Greeter.class, new GreeterService()).build())
                        .start();
                Reference<Greeter> reference = Reference.builder(Greeter.class).registry(registry.url()).build()) {
            assertEquals("dubbo://127.0.0.1:" + registry.port(), registry.url());
            assertEquals("Hello you", reference.get().hello("you"));
            assertTrue(server.port() > 0);
        }
    }

    @Test
    void badAddressesAreRefused() {
        refuses(ErrorCode.INVALID_ARGUMENT, "localhost", 0);
        refuses(ErrorCode.INVALID_ARGUMENT, "127.0.0.1", 65536);
        RegistryServer registry = RegistryServer.start("127.0.0.1", 0);
        refuses(ErrorCode.NETWORK, "127.0.0.1", registry.port());
        registry.close();
        registry.close();
        RegistryServer.start("127.0.0.1", registry.port()).close();
    }

    private static void refuses(ErrorCode code, String host, int port) {
        assertEquals(code, assertThrows(DubboException.class, () -> RegistryServer.start(host, port)).code());
    }
}
