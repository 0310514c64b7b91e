/**
 * Classes of the JDK that have a value of their own in JavaScript, with the form in which Dubbo's Hessian sends them.
 *
 * `java.time` classes, locales and calendars travel as handle objects of the Hessian library; the others as
 * themselves. One table serves both directions.
 */

import * as time from '../time';
import { BigDecimal, BigInteger, ClassName, Locale, SqlDate, SqlTime, SqlTimestamp, Uuid } from '../types';

type Fields = Readonly<Record<string, any>>;

/** How one JDK class travels. */
export interface Known<T extends object = any> {
  /** Name of the Java class, as in declarations. */
  readonly java: string;
  /** Class name on the wire. */
  readonly wire: string;
  /** Fields on the wire, in Java's order. */
  readonly fields: readonly string[];
  readonly ctor: abstract new (...args: any[]) => T;
  /** Field values in the order of `fields`. */
  readonly split: (value: T) => readonly unknown[];
  /** The value for received fields; may return any JavaScript value. Throws when they make no sense. */
  readonly join: (fields: Fields) => unknown;
  /** The value for what else a declared parameter accepts; undefined when that cannot be it. */
  readonly from?: (value: unknown) => T | undefined;
}

const HANDLES = 'com.alibaba.com.caucho.hessian.io.';
const J8 = `${HANDLES}java8.`;

const known: Known[] = [];

function add<T extends object>(entry: Known<T>): void {
  known.push(entry);
}

/** Accepts the ISO text of a value. */
const text =
  <T>(parse: (text: string) => T) =>
  (value: unknown): T | undefined =>
    typeof value === 'string' ? parse(value) : undefined;

add({
  java: 'java.math.BigDecimal',
  wire: 'java.math.BigDecimal',
  fields: ['value'],
  ctor: BigDecimal,
  split: (v) => [v.value],
  join: (f) => new BigDecimal(f.value),
  from: (v) => (['string', 'number', 'bigint'].includes(typeof v) ? new BigDecimal(v as string) : undefined),
});
add({
  java: 'java.util.UUID',
  wire: 'java.util.UUID',
  fields: ['value'],
  ctor: Uuid,
  split: (v) => [v.value],
  join: (f) => new Uuid(f.value ?? uuidText(f.mostSigBits, f.leastSigBits)),
  from: text((v) => new Uuid(v)),
});
add({
  java: 'java.util.Locale',
  wire: `${HANDLES}LocaleHandle`,
  fields: ['value'],
  ctor: Locale,
  split: (v) => [v.value],
  join: (f) => new Locale(String(f.value)),
  from: text((v) => new Locale(v)),
});
add({
  java: 'java.lang.Class',
  wire: 'java.lang.Class',
  fields: ['name'],
  ctor: ClassName,
  split: (v) => [v.name],
  join: (f) => new ClassName(String(f.name)),
  from: text((v) => new ClassName(v)),
});

for (const [java, ctor] of [
  ['java.sql.Timestamp', SqlTimestamp],
  ['java.sql.Date', SqlDate],
  ['java.sql.Time', SqlTime],
] as const) {
  add({
    java,
    wire: java,
    fields: ['value'],
    ctor,
    split: (v) => [new Date(v.getTime())],
    join: (f) => new ctor(date(f.value)),
    from: (v) => (v instanceof Date ? new ctor(v.getTime()) : undefined),
  });
}

add({
  java: 'java.time.LocalDate',
  wire: `${J8}LocalDateHandle`,
  fields: ['day', 'month', 'year'],
  ctor: time.LocalDate,
  split: (v) => [v.day, v.month, v.year],
  join: (f) => new time.LocalDate(f.year, f.month, f.day),
  from: text(time.LocalDate.parse),
});
add({
  java: 'java.time.LocalTime',
  wire: `${J8}LocalTimeHandle`,
  fields: ['nano', 'second', 'minute', 'hour'],
  ctor: time.LocalTime,
  split: (v) => [v.nano, v.second, v.minute, v.hour],
  join: (f) => new time.LocalTime(f.hour, f.minute, f.second, f.nano),
  from: text(time.LocalTime.parse),
});
add({
  java: 'java.time.LocalDateTime',
  wire: `${J8}LocalDateTimeHandle`,
  fields: ['time', 'date'],
  ctor: time.LocalDateTime,
  split: (v) => [v.time, v.date],
  join: (f) => new time.LocalDateTime(is(time.LocalDate, f.date), is(time.LocalTime, f.time)),
  from: text(time.LocalDateTime.parse),
});
add({
  java: 'java.time.Instant',
  wire: `${J8}InstantHandle`,
  fields: ['nanos', 'seconds'],
  ctor: time.Instant,
  split: (v) => [v.nanos, v.seconds],
  join: (f) => new time.Instant(BigInt(f.seconds), f.nanos),
  from: (v) => (v instanceof Date ? time.Instant.fromDate(v) : text(time.Instant.parse)(v)),
});
add({
  java: 'java.time.Duration',
  wire: `${J8}DurationHandle`,
  fields: ['nanos', 'seconds'],
  ctor: time.Duration,
  split: (v) => [v.nanos, v.seconds],
  join: (f) => new time.Duration(BigInt(f.seconds), f.nanos),
  from: text(time.Duration.parse),
});
add({
  java: 'java.time.Period',
  wire: `${J8}PeriodHandle`,
  fields: ['days', 'months', 'years'],
  ctor: time.Period,
  split: (v) => [v.days, v.months, v.years],
  join: (f) => new time.Period(f.years, f.months, f.days),
  from: text(time.Period.parse),
});
add({
  java: 'java.time.Year',
  wire: `${J8}YearHandle`,
  fields: ['year'],
  ctor: time.Year,
  split: (v) => [v.year],
  join: (f) => new time.Year(f.year),
  from: (v) => (typeof v === 'number' ? new time.Year(v) : text(time.Year.parse)(v)),
});
add({
  java: 'java.time.YearMonth',
  wire: `${J8}YearMonthHandle`,
  fields: ['month', 'year'],
  ctor: time.YearMonth,
  split: (v) => [v.month, v.year],
  join: (f) => new time.YearMonth(f.year, f.month),
  from: text(time.YearMonth.parse),
});
add({
  java: 'java.time.MonthDay',
  wire: `${J8}MonthDayHandle`,
  fields: ['day', 'month'],
  ctor: time.MonthDay,
  split: (v) => [v.day, v.month],
  join: (f) => new time.MonthDay(f.month, f.day),
  from: text(time.MonthDay.parse),
});
add({
  java: 'java.time.ZoneOffset',
  wire: `${J8}ZoneOffsetHandle`,
  fields: ['seconds'],
  ctor: time.ZoneOffset,
  split: (v) => [v.seconds],
  join: (f) => new time.ZoneOffset(f.seconds),
  from: text(time.ZoneOffset.parse),
});
add({
  java: 'java.time.ZoneId',
  wire: `${J8}ZoneIdHandle`,
  fields: ['zoneId'],
  ctor: time.ZoneId,
  split: (v) => [v.id],
  join: (f) => new time.ZoneId(String(f.zoneId)),
  from: text(time.ZoneId.parse),
});
add({
  java: 'java.time.OffsetDateTime',
  wire: `${J8}OffsetDateTimeHandle`,
  fields: ['offset', 'dateTime'],
  ctor: time.OffsetDateTime,
  split: (v) => [v.offset, v.dateTime],
  join: (f) => new time.OffsetDateTime(is(time.LocalDateTime, f.dateTime), is(time.ZoneOffset, f.offset)),
  from: text(time.OffsetDateTime.parse),
});
add({
  java: 'java.time.OffsetTime',
  wire: `${J8}OffsetTimeHandle`,
  fields: ['zoneOffset', 'localTime'],
  ctor: time.OffsetTime,
  split: (v) => [v.offset, v.time],
  join: (f) => new time.OffsetTime(is(time.LocalTime, f.localTime), is(time.ZoneOffset, f.zoneOffset)),
  from: text(time.OffsetTime.parse),
});
add({
  java: 'java.time.ZonedDateTime',
  wire: `${J8}ZonedDateTimeHandle`,
  fields: ['offset', 'dateTime', 'zoneId'],
  ctor: time.ZonedDateTime,
  split: (v) => [v.offset, v.dateTime, v.zone],
  join: (f) =>
    new time.ZonedDateTime(is(time.LocalDateTime, f.dateTime), is(time.ZoneOffset, f.offset), String(f.zoneId)),
  from: text(time.ZonedDateTime.parse),
});

/** Classes that are only received: each becomes a plain value. */
const received: [wire: string, join: (fields: Fields) => unknown][] = [
  ['java.math.BigInteger', (f) => bigInteger(Number(f.signum), f.mag)],
  [`${HANDLES}CalendarHandle`, (f) => date(f.date)],
  ['java.util.concurrent.atomic.AtomicInteger', (f) => f.value],
  ['java.util.concurrent.atomic.AtomicLong', (f) => f.value],
  ['java.util.concurrent.atomic.AtomicBoolean', (f) => Boolean(f.value)],
  ['java.util.concurrent.atomic.AtomicReference', (f) => f.value],
];
// hessian-lite 4 with compactMode sends days and nanoseconds; the reader gives the bare long of the first two a name.
received.push(
  ['java.time.LocalDate', (f) => time.LocalDate.ofEpochDay(Number(f.epochDay))],
  ['java.time.LocalTime', (f) => time.LocalTime.ofNanoOfDay(Number(f.nanoOfDay))],
  [
    'java.time.LocalDateTime',
    (f) => new time.LocalDateTime(time.LocalDate.ofEpochDay(Number(f.date)), time.LocalTime.ofNanoOfDay(Number(f.time))),
  ],
);
for (const wrapper of ['Byte', 'Short', 'Float']) {
  for (const home of [HANDLES, 'com.caucho.hessian.io.']) received.push([`${home}${wrapper}Handle`, (f) => f._value]);
}

/** By class name in declarations. */
export const knownByJava: ReadonlyMap<string, Known> = new Map(known.map((entry) => [entry.java, entry]));

/** By prototype of the value. */
export const knownByPrototype: ReadonlyMap<object, Known> = new Map(
  known.map((entry) => [entry.ctor.prototype as object, entry]),
);

/** How to read an object, by class name on the wire. */
export const joinByWire: ReadonlyMap<string, (fields: Fields) => unknown> = new Map([
  ...known.map((entry) => [entry.wire, entry.join] as const),
  ...received,
]);

const receivedOnly = new Set(received.map(([wire]) => wire));

/** True for classes whose values would not be sent back as what they came as. */
export function isReceivedOnly(className: string): boolean {
  return receivedOnly.has(className);
}

/** Magnitude of a BigInteger as Java keeps it: big-endian 32-bit words, as signed ints. */
export function magnitude(value: bigint): number[] {
  const words: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) {
    words.push(Number(BigInt.asIntN(32, rest)));
  }
  return words.reverse();
}

/** Words of a BigInteger that a peer may send: more would cost quadratic time to join. */
const MAX_WORDS = 8192;

function bigInteger(signum: number, mag: readonly number[]): bigint | BigInteger {
  if (!Array.isArray(mag) || mag.length > MAX_WORDS || ![-1, 0, 1].includes(signum)) {
    throw new RangeError('not a BigInteger');
  }
  const digits = mag.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return BigInt(`0x${digits || '0'}`) * BigInt(signum);
}

function uuidText(high: unknown, low: unknown): string {
  const half = (bits: unknown): string => BigInt.asUintN(64, BigInt(bits as bigint)).toString(16).padStart(16, '0');
  const hex = half(high) + half(low);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function is<T>(ctor: abstract new (...args: any[]) => T, value: unknown): T {
  if (value instanceof (ctor as abstract new () => object)) return value as T;
  throw new TypeError(`expected ${ctor.name}`);
}

function date(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new TypeError('expected a date');
}
