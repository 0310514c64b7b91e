package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.GenericService;
import io.polydubbo.api.Reference;
import io.polydubbo.api.RpcContext;
import java.io.Serializable;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CallsTest {
    private static Pair pair;
    private static Greeter greeter;

    @BeforeAll
    static void open() {
        pair = new Pair();
        greeter = pair.greeter;
    }

    @AfterAll
    static void close() {
        pair.close();
    }

    @Test
    void methodsOfAllKindsAreCalled() {
        assertEquals("Hello world", greeter.hello("world"));
        greeter.nothing();
        assertEquals(7, greeter.add(3, 4L));
        assertEquals("int 5", greeter.overloaded(5));
        assertEquals("String 5", greeter.overloaded("5"));
        assertTrue(greeter.isEven(4));
        assertNull(greeter.echo(null));
        assertEquals(new BigInteger("152415787532388367501905199875019052100"), greeter.square(new BigInteger("-12345678901234567890")));
    }

    @Test
    void objectsKeepTheirShape() {
        Greeter.Person ann = new Greeter.Person("Ann", 40, Greeter.Color.GREEN);
        ann.friend = ann;
        Greeter.Person older = greeter.older(ann, Arrays.asList(1L, 2L));
        assertEquals(43, older.age);
        assertEquals(Greeter.Color.GREEN, older.color);
        assertSame(older, older.friend);
    }

    @Test
    void valuesOfTheJdkTravelWithoutOpenedPackages() {
        Map<String, Object> map = new HashMap<>();
        map.put("list", Arrays.asList(1, 2L, 3.5, "x", new java.math.BigDecimal("1.50"), new java.util.Date(5)));
        map.put("uuid", java.util.UUID.fromString("00000000-0000-0001-0000-000000000002"));
        map.put("day", java.time.LocalDate.of(2024, 2, 29));
        map.put("instant", java.time.Instant.ofEpochSecond(5, 6));
        map.put("bytes", new byte[] {1, 2});
        map.put("locale", java.util.Locale.GERMANY);
        @SuppressWarnings("unchecked")
        Map<String, Object> back = (Map<String, Object>) greeter.echo(map);
        assertArrayEquals(new byte[] {1, 2}, (byte[]) back.remove("bytes"));
        map.remove("bytes");
        assertEquals(map, back);
    }

    @Test
    void immutableCollectionsKeepTheirElements() throws Exception {
        // Java 9 and later only; found by reflection because these tests are for Java 8.
        Object list = java.util.List.class.getMethod("of", Object.class, Object.class).invoke(null, "a", "b");
        Object set = java.util.Set.class.getMethod("of", Object.class).invoke(null, "a");
        Object map = Map.class.getMethod("of", Object.class, Object.class).invoke(null, "k", "v");
        assertEquals(Arrays.asList("a", "b"), greeter.echo(list));
        assertEquals(Collections.singleton("a"), greeter.echo(set));
        assertEquals(Collections.singletonMap("k", "v"), greeter.echo(map));
    }

    @Test
    void aMethodThatReturnsAFutureDoesNotWait() throws Exception {
        CompletableFuture<String> slow = greeter.later("slow", 300);
        assertEquals("quick", greeter.later("quick", 0).get());
        assertEquals("slow!", slow.thenApply(text -> text + "!").get());
        ExecutionException failed = assertThrows(ExecutionException.class, () -> greeter.later("fail", 0).get());
        assertEquals("failed later", assertInstanceOf(IllegalStateException.class, failed.getCause()).getMessage());
    }

    @Test
    void aCancelledFutureGivesItsCallUp() {
        CompletableFuture<String> future = greeter.never();
        assertTrue(future.cancel(true));
        assertThrows(CancellationException.class, future::join);
        TestSupport.eventually("no call is left", () -> TestSupport.counters()[0] == 0);
    }

    @Test
    void anInterruptedCallIsGivenUp() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch sent = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            sent.countDown();
            try {
                greeter.sleep(15_000);
            } catch (Throwable failure) {
                thrown.set(failure);
            }
            assertTrue(Thread.currentThread().isInterrupted());
        });
        caller.start();
        sent.await();
        TestSupport.eventually("the caller waits", () -> caller.getState() == Thread.State.WAITING);
        caller.interrupt();
        caller.join();
        assertEquals(ErrorCode.CANCELLED, assertInstanceOf(DubboException.class, thrown.get()).code());
    }

    @Test
    void aLateAnswerIsATypedTimeout() {
        Greeter hurried = pair.reference.with(CallOptions.none().timeout(Duration.ofMillis(50)));
        DubboException late = assertThrows(DubboException.class, () -> hurried.sleep(2000));
        assertTrue(late.isTimeout(), late.toString());
        assertEquals(2, late.code().rpcCode());
        assertEquals("Hello again", greeter.hello("again"));
    }

    @Test
    void attachmentsGoBothWays() {
        Map<String, Object> answer = new HashMap<>();
        CallOptions options = CallOptions.none().attachment("trace", "42").onAnswer(answer::putAll);
        assertEquals("42", pair.reference.with(options).attachment("trace"));
        assertEquals("trace", answer.get("seen"));
        assertNull(greeter.attachment("trace"));
        try (RpcContext.Scope scope = RpcContext.attach("trace", "43")) {
            assertEquals("43", greeter.attachment("trace"));
            assertTrue(scope != null);
        }
        assertNull(RpcContext.current());
    }

    @Test
    void aOneWayCallDoesNotWait() {
        int before = pair.service.calls.get();
        assertNull(pair.reference.with(CallOptions.none().oneWay()).hello("x"));
        assertEquals(0, pair.reference.with(CallOptions.none().oneWay()).add(1, 1));
        TestSupport.eventually("the call has arrived", () -> pair.service.calls.get() > before);
    }

    @Test
    void genericCallsNeedNoInterface() throws Exception {
        try (Reference<GenericService> generic = Reference.generic(Greeter.class.getName()).url(pair.server.url()).build()) {
            assertEquals(7, generic.get().$invoke("add", new String[] {"int", "long"}, new Object[] {3, 4L}));
            Map<String, Object> person = new HashMap<>();
            person.put("name", "Bob");
            person.put("age", 9);
            Object older = generic.get().$invokeAsync("older", new String[] {Greeter.Person.class.getName(), "java.util.List"},
                    new Object[] {person, Collections.singletonList(1L)}).get();
            assertEquals(10, assertInstanceOf(Map.class, older).get("age"));
        }
    }

    @Test
    void methodsAreCalledByName() throws Throwable {
        assertEquals(7, pair.reference.invoke("add", new String[] {"int", "long"}, 3, 4L));
        assertEquals("String a", pair.reference.invoke(CallOptions.none(), "overloaded", new String[] {"java.lang.String"}, "a"));
        assertEquals("x", pair.reference.invokeAsync(CallOptions.none(), "later", new String[] {"java.lang.String", "long"}, "x", 1L).get());
        assertThrows(DubboException.class, () -> pair.reference.invoke("add", new String[] {"int"}, 3));
    }

    @Test
    void largeBodiesTravelAndTooLargeOnesAreRefused() {
        assertEquals(1 << 20, greeter.bytes(1 << 20).length);
        DubboException large = assertThrows(DubboException.class, () -> greeter.bytes(9 << 20));
        assertEquals(ErrorCode.STATUS_BAD_RESPONSE, large.code(), large.toString());
        assertEquals("Hello after", greeter.hello("after"));
    }

    @Test
    void noProviderIsATypedError() {
        DubboException refused = assertThrows(DubboException.class,
                () -> Reference.builder(Greeter.class).url("dubbo://127.0.0.1:1").timeout(Duration.ofMillis(500)).build());
        assertEquals(ErrorCode.NO_INVOKER_AVAILABLE, refused.code());
        assertTrue(refused.getMessage().contains("failed to connect to server"), refused.toString());
    }

    @Test
    void aMisspelledSettingIsNamed() {
        DubboException wrong = assertThrows(DubboException.class, () -> Reference.builder(Greeter.class).set("timeot", 1).build());
        assertEquals(ErrorCode.CONFIG, wrong.code());
        assertTrue(wrong.getMessage().contains("timeout"), wrong.toString());
        assertEquals("timeot", wrong.context().get("key"));
    }

    @Test
    void proxiesAreOrdinaryObjects() {
        assertEquals(greeter, pair.reference.with(CallOptions.none().oneWay()));
        assertEquals(greeter.hashCode(), pair.reference.get().hashCode());
        assertTrue(greeter.toString().contains(Greeter.class.getName()));
        assertTrue(!greeter.equals(new Object()) && !greeter.equals(null));
    }

    @Test
    void valuesThatAThreadEncodesInTurnHaveNothingInCommon() {
        List<Object> twice = Arrays.asList("x", Collections.singletonList("same"));
        List<Object> shared = Arrays.asList(twice, twice, 1L);
        List<List<String>> many = Stream.generate(() -> Arrays.asList("a", "b")).limit(1000).collect(Collectors.toList());
        for (Object value : Arrays.asList(shared, "text", shared, new byte[200_000], shared, many, shared, "", shared)) {
            assertTrue(Objects.deepEquals(value, greeter.echo(value)), () -> "one of " + value.getClass());
            assertEquals(ErrorCode.SERIALIZATION,
                    assertThrows(DubboException.class, () -> greeter.echo(Arrays.asList("begun", shared, new Object() {}))).code());
        }
    }

    @Test
    void aValueMayMakeACallWhileItIsEncoded() {
        assertEquals(Arrays.asList("a", "Hello inside", "b"), greeter.echo(Arrays.asList("a", new Asking(), "b")));
    }

    private static final class Asking implements Serializable {
        private static final long serialVersionUID = 1;

        Object writeReplace() {
            return greeter.hello("inside");
        }
    }
}
