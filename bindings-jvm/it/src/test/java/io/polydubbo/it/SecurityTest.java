package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import io.polydubbo.internal.ReferenceNative;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the other side may make this one do. */
class SecurityTest {
    /** Set by the initialiser of {@link Trap}, which must not run. */
    static volatile boolean sprung;

    /** A class on the class path that a peer names. */
    public static class Trap implements Serializable {
        private static final long serialVersionUID = 1;

        static {
            sprung = true;
        }
    }


    /** The name of a class that the sender has; encoding one needs the class, so a stand-in is renamed on the wire. */
    private static byte[] object(String className) {
        byte[] name = className.getBytes();
        byte[] bytes = new byte[name.length + 5];
        bytes[0] = 'C';
        bytes[1] = (byte) (0x30 + (name.length >> 8));
        bytes[2] = (byte) name.length;
        System.arraycopy(name, 0, bytes, 3, name.length);
        bytes[name.length + 3] = (byte) 0x90;
        bytes[name.length + 4] = 0x60;
        return bytes;
    }

    @Test
    void aServiceTakesNoObjectsOfClassesThatItDoesNotShow() {
        try (Pair pair = new Pair()) {
            DubboException refused = assertThrows(DubboException.class, () -> pair.greeter.echo(new Greeter.Stranger()));
            assertEquals(ErrorCode.STATUS_BAD_REQUEST, refused.code(), refused.toString());
            assertTrue(refused.getMessage().contains("Greeter$Stranger") && refused.getMessage().contains("allow("), refused.toString());
        }
    }

    @Test
    void aCallerTakesNoObjectsOfClassesThatTheInterfaceDoesNotShow() {
        Service generous = Service.builder(Greeter.class, new GreeterService() {
            @Override
            public Object echo(Object value) {
                return Arrays.asList("fine", new Stranger());
            }
        }).build();
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO).service(generous).start();
                Reference<Greeter> careful = Reference.builder(Greeter.class).url(server.url()).build();
                Reference<Greeter> knowing = Reference.builder(Greeter.class).url(server.url()).allow(Greeter.Stranger.class).build();
                Reference<Greeter> trusting = Reference.builder(Greeter.class).url(server.url()).allowPackage("io.polydubbo.it.").build()) {
            DubboException refused = assertThrows(DubboException.class, () -> careful.get().echo("x"));
            assertEquals(ErrorCode.SERIALIZATION, refused.code());
            assertTrue(refused.getMessage().contains("Greeter$Stranger"), refused.toString());
            for (Reference<Greeter> reference : Arrays.asList(knowing, trusting)) {
                List<?> got = assertInstanceOf(List.class, reference.get().echo("x"));
                assertEquals("stranger", assertInstanceOf(Greeter.Stranger.class, got.get(1)).name);
            }
        }
    }

    @Test
    void aForbiddenClassIsNotEvenInitialised() throws Exception {
        for (String name : Arrays.asList("io.polydubbo.it.SecurityTest$Trap", "[io.polydubbo.it.SecurityTest$Trap")) {
            DubboException refused = assertThrows(DubboException.class, () -> Decoding.decode(object(name)));
            assertTrue(refused.getMessage().contains("SecurityTest$Trap"), refused.toString());
        }
        assertFalse(sprung);
    }

    @Test
    void classesOfTheJdkThatDoThingsAreNoData() throws Exception {
        for (String name : Arrays.asList("javax.management.loading.MLet", "java.lang.ProcessBuilder", "java.net.URLClassLoader",
                "java.util.ServiceLoader", "com.sun.rowset.JdbcRowSetImpl", "javax.script.ScriptEngineManager", "java.lang.Thread",
                "java.lang.Runtime", "java.util.logging.FileHandler", "java.util.zip.ZipFile", "sun.misc.Unsafe",
                "java.util.concurrent.ForkJoinPool", "java.util.concurrent.ThreadPoolExecutor", "java.net.URL",
                "com.alibaba.com.caucho.hessian.io.HessianRemote")) {
            DubboException refused = assertThrows(DubboException.class, () -> Decoding.decode(object(name)), name);
            assertEquals(ErrorCode.SERIALIZATION, refused.code());
            assertTrue(refused.getMessage().contains(name), refused.toString());
        }
    }

    @Test
    void aClassValueIsNoWayAround() throws Exception {
        // An object of java.lang.Class with the field "name".
        byte[] head = {'C', 15, 'j', 'a', 'v', 'a', '.', 'l', 'a', 'n', 'g', '.', 'C', 'l', 'a', 's', 's', (byte) 0x91, 4, 'n', 'a', 'm', 'e',
            0x60};
        assertEquals(String.class, Decoding.decode(concat(head, text("java.lang.String"))));
        assertEquals(int[].class, Decoding.decode(concat(head, text("[I"))));
        assertThrows(DubboException.class, () -> Decoding.decode(concat(head, text("java.lang.ProcessBuilder"))));
        assertThrows(DubboException.class, () -> Decoding.decode(concat(head, text("[Ljava.lang.ProcessBuilder;"))));
    }

    @Test
    void announcedSizesReserveNothing() throws Exception {
        for (byte[] bomb : Arrays.asList(
                new byte[] {'V', 4, '[', 'i', 'n', 't', 'I', 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff},
                new byte[] {'X', 'I', 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff},
                new byte[] {'B', (byte) 0xff, (byte) 0xff, 1},
                new byte[] {'S', (byte) 0xff, (byte) 0xff, 'a'})) {
            DubboException refused = assertThrows(DubboException.class, () -> Decoding.decode(bomb));
            assertEquals(ErrorCode.SERIALIZATION, refused.code());
        }
    }

    @Test
    void deepNestingIsATypedError() {
        byte[] deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x79);
        DubboException refused = assertThrows(DubboException.class, () -> ReferenceNative.measure(deep, 0, 1));
        assertEquals(ErrorCode.SERIALIZATION, refused.code());
        try (Pair pair = new Pair()) {
            Object nested = "x";
            for (int i = 0; i < 5000; i++) {
                nested = new ArrayList<>(Collections.singletonList(nested));
            }
            Object tooDeep = nested;
            assertThrows(DubboException.class, () -> pair.greeter.echo(tooDeep));
            assertEquals("Hello after", pair.greeter.hello("after"));
        }
    }

    @Test
    void unknownNamesAreNotRemembered() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            byte[] unknown = object("com.acme.Unknown" + i);
            assertThrows(DubboException.class, () -> Decoding.decode(unknown));
        }
        // hessian-lite keeps every name that it ever failed to find; none of these may have reached it.
        assertEquals(0, Decoding.rememberedNames("com.acme.Unknown"));
    }

    private static byte[] text(String text) {
        byte[] bytes = new byte[text.length() + 1];
        bytes[0] = (byte) text.length();
        System.arraycopy(text.getBytes(), 0, bytes, 1, text.length());
        return bytes;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
