package io.polydubbo.api.internal;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which classes that a peer names may be instantiated: data types of the JDK, what the signatures of the interface reach, and what
 * the program has allowed. The name decides before anything is loaded.
 */
public final class ClassPolicy {
    /** Data types of the JDK. Enums and exceptions of the JDK are recognised by rule. */
    private static final Set<String> JDK = new HashSet<>(Arrays.asList(
            "java.lang.Object", "java.lang.String", "java.lang.Boolean", "java.lang.Byte", "java.lang.Short", "java.lang.Integer",
            "java.lang.Long", "java.lang.Float", "java.lang.Double", "java.lang.Character", "java.lang.Number", "java.lang.Class",
            "java.lang.StringBuilder", "java.lang.StringBuffer", "java.lang.StackTraceElement", "java.lang.Throwable",
            "java.lang.Exception", "java.lang.RuntimeException", "java.lang.Error", "java.math.BigDecimal", "java.math.BigInteger",
            "java.math.MathContext", "java.math.RoundingMode", "java.sql.Date", "java.sql.Time", "java.sql.Timestamp", "java.net.URI",
            "java.net.InetAddress", "java.net.Inet4Address", "java.net.Inet6Address", "java.net.InetSocketAddress",
            "java.io.File", "java.text.SimpleDateFormat", "java.util.regex.Pattern", "javax.management.ObjectName"));

    /** Collections and values of java.util; its services and loaders are not among them. */
    private static final Set<String> UTIL = new HashSet<>(Arrays.asList(
            "AbstractMap$SimpleEntry", "AbstractMap$SimpleImmutableEntry", "ArrayDeque", "ArrayList", "BitSet", "Calendar", "Collection",
            "Currency", "Date", "Deque", "EnumMap", "Enumeration", "EnumSet", "GregorianCalendar", "HashMap", "HashSet", "Hashtable",
            "IdentityHashMap", "Iterator", "LinkedHashMap", "LinkedHashSet", "LinkedList", "List", "Locale", "Map", "NavigableMap",
            "NavigableSet", "Optional", "OptionalDouble", "OptionalInt", "OptionalLong", "PriorityQueue", "Properties", "Queue", "Set",
            "SimpleTimeZone", "SortedMap", "SortedSet", "Stack", "TimeZone", "TreeMap", "TreeSet", "UUID", "Vector", "WeakHashMap"));

    /** Collections of java.util.concurrent; its executors are not among them. */
    private static final Set<String> CONCURRENT = new HashSet<>(Arrays.asList(
            "ArrayBlockingQueue", "ConcurrentHashMap", "ConcurrentLinkedDeque", "ConcurrentLinkedQueue", "ConcurrentSkipListMap",
            "ConcurrentSkipListSet", "CopyOnWriteArrayList", "CopyOnWriteArraySet", "LinkedBlockingDeque", "LinkedBlockingQueue",
            "LinkedTransferQueue", "PriorityBlockingQueue", "TimeUnit"));

    /** Views and wrappers that hessian-lite names on the wire and reads as plain collections. */
    private static final String[] COLLECTIONS = {
        "java.util.Collections$", "java.util.Arrays$", "java.util.ArrayList$", "java.util.HashMap$", "java.util.LinkedHashMap$",
        "java.util.TreeMap$", "java.util.LinkedList$", "java.util.AbstractList$", "java.util.ImmutableCollections$",
        "java.util.concurrent.ConcurrentHashMap$", "java.util.concurrent.atomic.", "java.time.",
    };

    private static final String HESSIAN = "com.alibaba.com.caucho.hessian.io.";

    private final Set<String> names = new HashSet<>();
    private final Set<String> packages = new HashSet<>();

    /** Data types of the JDK only. */
    public ClassPolicy() {}

    /** Allows what is in {@code classes}, and classes whose names begin with one of {@code prefixes}. */
    ClassPolicy(Collection<String> classes, Collection<String> prefixes) {
        names.addAll(classes);
        packages.addAll(prefixes);
    }

    boolean isAllowed(String name) {
        return names.contains(name) || isJdk(name) || packages.stream().anyMatch(name::startsWith);
    }

    private static boolean isJdk(String name) {
        return JDK.contains(name) || isIn("java.util.", UTIL, name) || isIn("java.util.concurrent.", CONCURRENT, name)
                || isCollection(name) || isException(name) || isHandle(name);
    }

    private static boolean isIn(String prefix, Set<String> names, String name) {
        return name.startsWith(prefix) && names.contains(name.substring(prefix.length()));
    }

    private static boolean isCollection(String name) {
        return Arrays.stream(COLLECTIONS).anyMatch(name::startsWith);
    }

    /** Exceptions hold no more than texts and causes; {@link ThrowableDeserializer} checks that the class is one. */
    private static boolean isException(String name) {
        boolean isNamedSo = name.endsWith("Exception") || name.endsWith("Error");
        return isNamedSo && (name.startsWith("java.") || name.startsWith("javax."));
    }

    /** What hessian-lite sends for {@code java.time}, locales, calendars, sets of enums. */
    private static boolean isHandle(String name) {
        return name.startsWith(HESSIAN) && (name.endsWith("Handle") || name.endsWith("EnumSetHandler"));
    }
}
