package io.polydubbo.peer.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Timestamp;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Currency;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One method for each Java type that may be declared as a parameter and a result.
 *
 * <p>Every method returns its argument: a provider in any language can serve the whole interface with one function.
 */
public interface AllTypes {
    // primitives
    boolean echoBoolean(boolean value);
    byte echoByte(byte value);
    short echoShort(short value);
    int echoInt(int value);
    long echoLong(long value);
    float echoFloat(float value);
    double echoDouble(double value);
    char echoChar(char value);

    // boxes, strings and anything
    Boolean echoBooleanBox(Boolean value);
    Byte echoByteBox(Byte value);
    Short echoShortBox(Short value);
    Integer echoIntBox(Integer value);
    Long echoLongBox(Long value);
    Float echoFloatBox(Float value);
    Double echoDoubleBox(Double value);
    Character echoCharBox(Character value);
    Number echoNumber(Number value);
    String echoString(String value);
    Object echoObject(Object value);

    // arrays
    byte[] echoBytes(byte[] value);
    boolean[] echoBooleans(boolean[] value);
    short[] echoShorts(short[] value);
    int[] echoInts(int[] value);
    long[] echoLongs(long[] value);
    float[] echoFloats(float[] value);
    double[] echoDoubles(double[] value);
    char[] echoChars(char[] value);
    String[] echoStrings(String[] value);
    Object[] echoObjects(Object[] value);
    Integer[] echoIntBoxes(Integer[] value);
    Long[] echoLongBoxes(Long[] value);
    int[][] echoIntTable(int[][] value);
    String[][] echoStringTable(String[][] value);
    byte[][] echoByteTable(byte[][] value);
    User[] echoUsers(User[] value);
    Color[] echoColors(Color[] value);
    Date[] echoDates(Date[] value);

    // collections
    Collection<Object> echoCollection(Collection<Object> value);
    List<Object> echoList(List<Object> value);
    ArrayList<Object> echoArrayList(ArrayList<Object> value);
    LinkedList<Object> echoLinkedList(LinkedList<Object> value);
    Set<Object> echoSet(Set<Object> value);
    HashSet<Object> echoHashSet(HashSet<Object> value);
    LinkedHashSet<Object> echoLinkedHashSet(LinkedHashSet<Object> value);
    SortedSet<Object> echoSortedSet(SortedSet<Object> value);
    TreeSet<Object> echoTreeSet(TreeSet<Object> value);
    List<User> echoUserList(List<User> value);
    List<Long> echoLongList(List<Long> value);
    List<List<Integer>> echoDeepList(List<List<Integer>> value);

    // maps
    Map<Object, Object> echoMap(Map<Object, Object> value);
    HashMap<Object, Object> echoHashMap(HashMap<Object, Object> value);
    LinkedHashMap<Object, Object> echoLinkedHashMap(LinkedHashMap<Object, Object> value);
    SortedMap<Object, Object> echoSortedMap(SortedMap<Object, Object> value);
    TreeMap<Object, Object> echoTreeMap(TreeMap<Object, Object> value);
    ConcurrentHashMap<Object, Object> echoConcurrentMap(ConcurrentHashMap<Object, Object> value);
    Map<String, User> echoUserMap(Map<String, User> value);
    Map<Integer, String> echoIntMap(Map<Integer, String> value);

    // beans and enums
    Color echoColor(Color value);
    Address echoAddress(Address value);
    User echoUser(User value);
    Animal echoAnimal(Animal value);
    Dog echoDog(Dog value);
    Node echoNode(Node value);
    Scalars echoScalars(Scalars value);
    Page<User> echoUserPage(Page<User> value);

    // classes of the JDK
    BigDecimal echoBigDecimal(BigDecimal value);
    BigInteger echoBigInteger(BigInteger value);
    Date echoDate(Date value);
    java.sql.Date echoSqlDate(java.sql.Date value);
    java.sql.Time echoSqlTime(java.sql.Time value);
    Timestamp echoTimestamp(Timestamp value);
    Calendar echoCalendar(Calendar value);
    LocalDate echoLocalDate(LocalDate value);
    LocalTime echoLocalTime(LocalTime value);
    LocalDateTime echoLocalDateTime(LocalDateTime value);
    Instant echoInstant(Instant value);
    Duration echoDuration(Duration value);
    Period echoPeriod(Period value);
    Year echoYear(Year value);
    YearMonth echoYearMonth(YearMonth value);
    MonthDay echoMonthDay(MonthDay value);
    OffsetDateTime echoOffsetDateTime(OffsetDateTime value);
    OffsetTime echoOffsetTime(OffsetTime value);
    ZonedDateTime echoZonedDateTime(ZonedDateTime value);
    ZoneOffset echoZoneOffset(ZoneOffset value);
    ZoneId echoZoneId(ZoneId value);
    DayOfWeek echoDayOfWeek(DayOfWeek value);
    UUID echoUuid(UUID value);
    Locale echoLocale(Locale value);
    Currency echoCurrency(Currency value);
    Class<?> echoClass(Class<?> value);
    AtomicInteger echoAtomicInteger(AtomicInteger value);
    AtomicLong echoAtomicLong(AtomicLong value);
    AtomicBoolean echoAtomicBoolean(AtomicBoolean value);
}
