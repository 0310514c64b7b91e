package io.polydubbo.peer.provider;

import io.polydubbo.peer.api.Color;
import io.polydubbo.peer.api.JavaValues;
import org.apache.dubbo.common.extension.ExtensionLoader;
import org.apache.dubbo.common.serialize.ObjectOutput;
import org.apache.dubbo.common.serialize.Serialization;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.time.chrono.JapaneseDate;
import java.time.chrono.ThaiBuddhistDate;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.UUID;
import java.util.Vector;
import java.util.WeakHashMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/** Makes one value of each class. */
final class JavaValuesService implements JavaValues {
    private final Map<String, Callable<Object>> makers = new LinkedHashMap<>();

    JavaValuesService() {
        collections();
        maps();
        immutable();
        others();
        beans();
    }

    @Override
    public List<String> names() {
        return new ArrayList<>(makers.keySet());
    }

    @Override
    public List<Object> make(String name) {
        try {
            List<Object> shared = new ArrayList<>(Collections.singletonList("shared"));
            return new ArrayList<>(Arrays.asList(makers.get(name).call(), shared, shared, "end"));
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    @Override
    public String describe(Object value) {
        return Describe.value(value);
    }

    @Override
    public String describeOwn(String name) {
        try {
            // Dubbo's own use of Hessian: Dubbo 3 reads no class that it does not trust.
            Serialization hessian = ExtensionLoader.getExtensionLoader(Serialization.class).getExtension("hessian2");
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ObjectOutput output = hessian.serialize(null, bytes);
            output.writeObject(makers.get(name).call());
            output.flushBuffer();
            return Describe.value(hessian.deserialize(null, new ByteArrayInputStream(bytes.toByteArray())).readObject());
        } catch (Exception error) {
            return "fails: " + error;
        }
    }

    private void collections() {
        List<Object> numbers = Arrays.asList(1, 2L, "three");
        makers.put("Arrays.asList", () -> numbers);
        makers.put("Vector", () -> new Vector<>(numbers));
        makers.put("ArrayDeque", () -> new ArrayDeque<>(numbers));
        makers.put("CopyOnWriteArrayList", () -> new CopyOnWriteArrayList<>(numbers));
        makers.put("emptyList", Collections::emptyList);
        makers.put("singletonList", () -> Collections.singletonList("one"));
        makers.put("nCopies", () -> Collections.nCopies(3, "x"));
        makers.put("unmodifiableList", () -> Collections.unmodifiableList(new ArrayList<>(numbers)));
        makers.put("synchronizedList", () -> Collections.synchronizedList(new ArrayList<>(numbers)));
        makers.put("unmodifiableSet", () -> Collections.unmodifiableSet(new LinkedHashSet<>(numbers)));
        makers.put("singleton", () -> Collections.singleton("one"));
        makers.put("subList", () -> new ArrayList<>(numbers).subList(1, 3));
        makers.put("keySet", () -> map().keySet());
        makers.put("values", () -> map().values());
        makers.put("EnumSet", () -> EnumSet.of(Color.RED));
        makers.put("Iterator", numbers::iterator);
    }

    private void maps() {
        makers.put("Hashtable", () -> new Hashtable<>(map()));
        makers.put("Properties", () -> {
            Properties properties = new Properties();
            properties.setProperty("key", "value");
            return properties;
        });
        makers.put("EnumMap", () -> new EnumMap<>(Collections.singletonMap(Color.RED, 1)));
        makers.put("IdentityHashMap", () -> new IdentityHashMap<>(map()));
        makers.put("WeakHashMap", () -> new WeakHashMap<>(map()));
        makers.put("emptyMap", Collections::emptyMap);
        makers.put("singletonMap", () -> Collections.singletonMap("one", 1));
        makers.put("unmodifiableMap", () -> Collections.unmodifiableMap(map()));
        makers.put("SimpleEntry", () -> new AbstractMap.SimpleEntry<>("key", 1));
    }

    /** The factories of Java 9, which this source cannot name. */
    private void immutable() {
        makers.put("List.of", () -> List.class.getMethod("of", Object.class, Object.class).invoke(null, 1, "two"));
        makers.put("Set.of", () -> java.util.Set.class.getMethod("of", Object.class).invoke(null, "one"));
        makers.put("Map.of", () -> Map.class.getMethod("of", Object.class, Object.class).invoke(null, "one", 1));
    }

    private void others() {
        makers.put("UUID", () -> new UUID(1, 2));
        makers.put("File", () -> new File("some/file.txt"));
        makers.put("URI", () -> URI.create("http://example.org/a?b=c"));
        makers.put("URL", () -> new URL("http", "127.0.0.1", 80, "/a"));
        makers.put("Pattern", () -> Pattern.compile("a+b", Pattern.CASE_INSENSITIVE));
        makers.put("BitSet", () -> BitSet.valueOf(new long[] {5, 1L << 40}));
        makers.put("LongAdder", () -> {
            LongAdder adder = new LongAdder();
            adder.add(42);
            return adder;
        });
        makers.put("AtomicReference", () -> new AtomicReference<>("text"));
        makers.put("Inet4Address", () -> InetAddress.getByName("127.0.0.1"));
        makers.put("Inet6Address", () -> InetAddress.getByName("::1"));
        makers.put("InetSocketAddress", () -> new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 20880));
        makers.put("Locale with script", () -> Locale.forLanguageTag("zh-Hans-CN"));
        makers.put("Calendar", () -> {
            Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
            calendar.setTimeInMillis(1700000000123L);
            return calendar.getTime();
        });
        makers.put("ThaiBuddhistDate", () -> ThaiBuddhistDate.of(2567, 2, 29));
        makers.put("JapaneseDate", () -> JapaneseDate.of(2024, 2, 29));
        makers.put("InputStream", () -> new ByteArrayInputStream(new byte[] {1, 2, 3}));
        makers.put("int[][]", () -> new int[][] {{1}, {}, {2, 3}});
        makers.put("Object", Object::new);
    }

    private void beans() {
        makers.put("inner class", () -> new Beans.Outer("out").inner(7));
        makers.put("field of two classes", Beans.Sub::new);
        makers.put("suppressed", () -> {
            IllegalStateException error = new IllegalStateException("main", new IOException("cause"));
            error.addSuppressed(new IOException("beside"));
            return error;
        });
    }

    private static Map<Object, Object> map() {
        return new HashMap<>(Collections.singletonMap("key", 5L));
    }
}
