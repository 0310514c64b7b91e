package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.Reference;
import io.polydubbo.api.RemoteException;
import io.polydubbo.internal.QueueNative;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    private static Pair pair;

    @BeforeAll
    static void open() {
        pair = new Pair();
    }

    @AfterAll
    static void close() {
        pair.close();
    }

    @Test
    void codesAreThoseOfTheCore() throws Exception {
        Map<Integer, String> core = new HashMap<>();
        try (Reader file = Files.newBufferedReader(TestSupport.root().resolve("tests/vectors/error_codes.json"))) {
            for (JsonElement entry : JsonParser.parseReader(file).getAsJsonArray()) {
                JsonObject code = entry.getAsJsonObject();
                core.put(code.get("number").getAsInt(), code.get("name").getAsString());
                assertEquals(code.get("rpc_code").getAsInt(), ErrorCode.of(code.get("number").getAsInt()).rpcCode(), code.toString());
            }
        }
        Map<Integer, String> java = new HashMap<>();
        for (ErrorCode code : ErrorCode.values()) {
            java.put(code.number(), code.toString());
        }
        assertEquals(core, java);
        assertTrue(core.size() > 40);
        assertEquals(ErrorCode.UNKNOWN, ErrorCode.of(99_999));
    }

    @Test
    void aDeclaredExceptionKeepsClassFieldsAndStack() {
        Greeter.Unknown thrown = assertThrows(Greeter.Unknown.class, () -> pair.greeter.fail("declared", "Nobody"));
        assertEquals("Nobody", thrown.wanted);
        assertEquals(7, thrown.code);
        assertEquals("unknown: Nobody", thrown.getMessage());
        assertEquals(GreeterService.class.getName(), thrown.getStackTrace()[0].getClassName());
        assertNull(thrown.getCause());
    }

    @Test
    void anExceptionOfTheJdkKeepsItsCause() {
        IOException thrown = assertThrows(IOException.class, () -> pair.greeter.fail("jdk", "disk full"));
        assertEquals("disk full", thrown.getMessage());
        assertEquals("the cause", assertInstanceOf(IllegalArgumentException.class, thrown.getCause()).getMessage());
        assertEquals("oh", assertThrows(IllegalStateException.class, () -> pair.greeter.fail("other", "oh")).getMessage());
        assertEquals("deep", assertThrows(StackOverflowError.class, () -> pair.greeter.fail("error", "deep")).getMessage());
    }

    @Test
    void anExceptionThatWasNotAllowedTellsAllAboutItself() {
        RemoteException thrown = assertThrows(RemoteException.class, () -> pair.greeter.fail("surprise", "oops"));
        assertEquals(ErrorCode.REMOTE_EXCEPTION, thrown.code());
        assertEquals(Greeter.Surprise.class.getName(), thrown.remoteClass());
        assertEquals("oops", thrown.remoteMessage());
        assertEquals(Greeter.Surprise.class.getName() + ": oops", thrown.getMessage());
        assertEquals("the cause", assertInstanceOf(IllegalArgumentException.class, thrown.getCause()).getMessage());
        assertEquals("fail", thrown.getStackTrace()[0].getMethodName());
    }

    @Test
    void anAllowedExceptionKeepsItsClass() {
        try (Reference<Greeter> reference = pair.refer(builder -> builder.allow(Greeter.Surprise.class))) {
            assertEquals("oops", assertThrows(Greeter.Surprise.class, () -> reference.get().fail("surprise", "oops")).getMessage());
        }
    }

    @Test
    void theTextOfAnErrorNamesKindAndPlace() {
        Map<String, String> context = new HashMap<>();
        context.put("key", "port");
        DubboException error = new DubboException(ErrorCode.CONFIG, "bad port (key: port)", context, null);
        assertEquals("io.polydubbo.DubboException: [Config] bad port (key: port)", error.toString());
        assertEquals(context, error.context());
    }

    @Test
    void aMistakeAtTheBorderIsAnExceptionAndNoCrash() throws Exception {
        Method take = QueueNative.class.getDeclaredMethod("take", long.class);
        take.setAccessible(true);
        for (long handle : new long[] {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            InvocationTargetException thrown = assertThrows(InvocationTargetException.class, () -> take.invoke(null, handle));
            assertEquals(ErrorCode.INTERNAL, assertInstanceOf(DubboException.class, thrown.getCause()).code());
        }
    }
}
