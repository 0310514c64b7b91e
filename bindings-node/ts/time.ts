/**
 * The classes of `java.time` as small immutable values.
 *
 * They hold what Java sends and print what Java prints (ISO 8601); arithmetic is left to the library of your choice.
 * Each has a static `parse` for its text.
 */

import { ValueRangeError } from './errors';

abstract class Temporal {
  abstract toString(): string;

  toJSON(): string {
    return this.toString();
  }

  /** True for a value of the same class with the same text. */
  equals(other: unknown): boolean {
    return other instanceof Temporal && other.constructor === this.constructor && other.toString() === this.toString();
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

function check(value: number, min: number, max: number, what: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ValueRangeError(`${String(value)} is not a ${what}`);
}

function match(pattern: RegExp, text: string, type: string): string[] {
  const found = pattern.exec(text);
  if (found === null) throw new ValueRangeError(`${JSON.stringify(String(text).slice(0, 64))} is not a ${type}`);
  return found.slice(1);
}

function yearText(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0');
  if (year < 0) return `-${digits}`;
  return year > 9999 ? `+${digits}` : digits;
}

/** The digits behind the decimal point in groups of three, as Java prints them. */
function fraction(nano: number): string {
  if (nano === 0) return '';
  return `.${String(nano).padStart(9, '0').replace(/(000){1,2}$/, '')}`;
}

const nanos = (digits: string | undefined): number => Number((digits ?? '').padEnd(9, '0'));

const DATE = '([+-]?\\d{4,9})-(\\d{2})-(\\d{2})';
const TIME = '(\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?';
const OFFSET = '(Z|[+-]\\d{2}:\\d{2}(?::\\d{2})?)';
const YEAR_LIMIT = 999_999_999;

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

/** `java.time.LocalDate`: a day without time and zone. */
export class LocalDate extends Temporal {
  readonly year: number;
  readonly month: number;
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    super();
    this.year = check(year, -YEAR_LIMIT, YEAR_LIMIT, 'year');
    this.month = check(month, 1, 12, 'month');
    this.day = check(day, 1, daysIn(year, month), 'day of that month');
    Object.freeze(this);
  }

  static parse(text: string): LocalDate {
    const [year, month, day] = match(new RegExp(`^${DATE}$`), text, 'local date').map(Number);
    return new LocalDate(year as number, month as number, day as number);
  }

  /** The day so many days after 1970-01-01. */
  static ofEpochDay(days: number): LocalDate {
    const date = new Date(days * 86_400_000);
    return new LocalDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
  }

  toString(): string {
    return `${yearText(this.year)}-${two(this.month)}-${two(this.day)}`;
  }
}

/** `java.time.LocalTime`: a time of day without zone. */
export class LocalTime extends Temporal {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nano: number;

  constructor(hour: number, minute: number, second = 0, nano = 0) {
    super();
    this.hour = check(hour, 0, 23, 'hour');
    this.minute = check(minute, 0, 59, 'minute');
    this.second = check(second, 0, 59, 'second');
    this.nano = check(nano, 0, 999_999_999, 'nanosecond');
    Object.freeze(this);
  }

  static parse(text: string): LocalTime {
    const [hour, minute, second, rest] = match(new RegExp(`^${TIME}$`), text, 'local time');
    return new LocalTime(Number(hour), Number(minute), Number(second ?? 0), nanos(rest));
  }

  /** The time so many nanoseconds after midnight; nanoseconds of a day are safe integers. */
  static ofNanoOfDay(nano: number): LocalTime {
    const second = Math.floor(nano / 1_000_000_000);
    const minute = Math.floor(second / 60);
    return new LocalTime(Math.floor(minute / 60), minute % 60, second % 60, nano % 1_000_000_000);
  }

  toString(): string {
    const start = `${two(this.hour)}:${two(this.minute)}`;
    if (this.second === 0 && this.nano === 0) return start;
    return `${start}:${two(this.second)}${fraction(this.nano)}`;
  }
}

/** `java.time.LocalDateTime`: a day and a time without zone. */
export class LocalDateTime extends Temporal {
  constructor(
    readonly date: LocalDate,
    readonly time: LocalTime,
  ) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): LocalDateTime {
    const [date, time] = match(/^([^T]+)T(.+)$/, text, 'local date-time');
    return new LocalDateTime(LocalDate.parse(date as string), LocalTime.parse(time as string));
  }

  toString(): string {
    return `${this.date}T${this.time}`;
  }
}

/** `java.time.Instant`: a point on the time line, in seconds and nanoseconds since 1970. */
export class Instant extends Temporal {
  readonly seconds: bigint;
  readonly nanos: number;

  constructor(seconds: bigint | number, nano = 0) {
    super();
    this.seconds = BigInt(seconds);
    this.nanos = check(nano, 0, 999_999_999, 'nanosecond');
    Object.freeze(this);
  }

  static fromDate(date: Date): Instant {
    const ms = date.getTime();
    const seconds = Math.floor(ms / 1000);
    return new Instant(seconds, (ms - seconds * 1000) * 1_000_000);
  }

  static parse(text: string): Instant {
    const [main, rest] = match(/^([^.]+?)(?:\.(\d{1,9}))?Z$/, text, 'instant');
    const ms = Date.parse(`${main}Z`);
    if (Number.isNaN(ms)) throw new ValueRangeError(`${JSON.stringify(text.slice(0, 64))} is not an instant`);
    return new Instant(ms / 1000, nanos(rest));
  }

  /** The same instant with milliseconds; invalid outside the years that `Date` knows. */
  toDate(): Date {
    return new Date(Number(this.seconds) * 1000 + Math.floor(this.nanos / 1_000_000));
  }

  toString(): string {
    const date = new Date(Number(this.seconds) * 1000);
    if (Number.isNaN(date.getTime())) return `${this.seconds}s${fraction(this.nanos)}`;
    return `${date.toISOString().slice(0, -5)}${fraction(this.nanos)}Z`;
  }
}

/** `java.time.Duration`: an amount of time in seconds and nanoseconds; the nanoseconds are never negative. */
export class Duration extends Temporal {
  readonly seconds: bigint;
  readonly nanos: number;

  constructor(seconds: bigint | number, nano = 0) {
    super();
    this.seconds = BigInt(seconds);
    this.nanos = check(nano, 0, 999_999_999, 'nanosecond');
    Object.freeze(this);
  }

  static ofMillis(ms: number): Duration {
    const seconds = Math.floor(ms / 1000);
    return new Duration(seconds, Math.round((ms - seconds * 1000) * 1_000_000));
  }

  static parse(text: string): Duration {
    const pattern = /^([+-]?)P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d{1,9}))?S)?)?$/;
    const [sign, days, hours, minutes, secondSign, seconds, rest] = match(pattern, text, 'duration');
    const total = ((BigInt(days ?? 0) * 24n + BigInt(hours ?? 0)) * 60n + BigInt(minutes ?? 0)) * 60n;
    const own = BigInt(seconds ?? 0) * 1_000_000_000n + BigInt(nanos(rest));
    const all = total * 1_000_000_000n + (secondSign === '-' ? -own : own);
    return Duration.#ofNanos(sign === '-' ? -all : all);
  }

  static #ofNanos(all: bigint): Duration {
    const rest = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    return new Duration((all - rest) / 1_000_000_000n, Number(rest));
  }

  toMillis(): number {
    return Number(this.seconds) * 1000 + this.nanos / 1_000_000;
  }

  toString(): string {
    if (this.seconds === 0n && this.nanos === 0) return 'PT0S';
    const negative = this.seconds < 0n;
    const all = this.seconds * 1_000_000_000n + BigInt(this.nanos);
    const size = negative ? -all : all;
    const seconds = size / 1_000_000_000n;
    const parts = [
      [seconds / 3600n, 'H'],
      [(seconds / 60n) % 60n, 'M'],
    ] as const;
    const sign = negative ? '-' : '';
    const head = parts.map(([value, unit]) => (value === 0n ? '' : `${sign}${value}${unit}`)).join('');
    const rest = fraction(Number(size % 1_000_000_000n)).replace(/0+$/, '');
    const tail = seconds % 60n === 0n && rest === '' ? '' : `${sign}${seconds % 60n}${rest}S`;
    return `PT${head}${tail}`;
  }
}

/** `java.time.Period`: years, months and days. */
export class Period extends Temporal {
  constructor(
    readonly years: number,
    readonly months: number,
    readonly days: number,
  ) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): Period {
    const pattern = /^([+-]?)P(?=[+-]?\d)(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?$/;
    const [sign, ...numbers] = match(pattern, text, 'period');
    const [years, months, weeks, days] = numbers.map((n) => (n === undefined ? 0 : Number(n) * (sign === '-' ? -1 : 1)));
    return new Period(years as number, months as number, (weeks as number) * 7 + (days as number));
  }

  toString(): string {
    const text = [
      [this.years, 'Y'],
      [this.months, 'M'],
      [this.days, 'D'],
    ].map(([value, unit]) => (value === 0 ? '' : `${value}${unit}`));
    return `P${text.join('') || '0D'}`;
  }
}

/** `java.time.Year`. */
export class Year extends Temporal {
  constructor(readonly year: number) {
    super();
    check(year, -YEAR_LIMIT, YEAR_LIMIT, 'year');
    Object.freeze(this);
  }

  static parse(text: string): Year {
    return new Year(Number(match(/^([+-]?\d{1,9})$/, text, 'year')[0]));
  }

  toString(): string {
    return String(this.year);
  }
}

/** `java.time.YearMonth`. */
export class YearMonth extends Temporal {
  constructor(
    readonly year: number,
    readonly month: number,
  ) {
    super();
    check(year, -YEAR_LIMIT, YEAR_LIMIT, 'year');
    check(month, 1, 12, 'month');
    Object.freeze(this);
  }

  static parse(text: string): YearMonth {
    const [year, month] = match(/^([+-]?\d{4,9})-(\d{2})$/, text, 'year-month').map(Number);
    return new YearMonth(year as number, month as number);
  }

  toString(): string {
    return `${yearText(this.year)}-${two(this.month)}`;
  }
}

/** `java.time.MonthDay`. */
export class MonthDay extends Temporal {
  constructor(
    readonly month: number,
    readonly day: number,
  ) {
    super();
    check(month, 1, 12, 'month');
    check(day, 1, daysIn(2000, month), 'day of that month');
    Object.freeze(this);
  }

  static parse(text: string): MonthDay {
    const [month, day] = match(/^--(\d{2})-(\d{2})$/, text, 'month-day').map(Number);
    return new MonthDay(month as number, day as number);
  }

  toString(): string {
    return `--${two(this.month)}-${two(this.day)}`;
  }
}

/** `java.time.ZoneOffset`, in seconds east of UTC. */
export class ZoneOffset extends Temporal {
  readonly seconds: number;

  constructor(seconds: number) {
    super();
    this.seconds = check(seconds, -64_800, 64_800, 'zone offset in seconds');
    Object.freeze(this);
  }

  static parse(text: string): ZoneOffset {
    const [found] = match(new RegExp(`^${OFFSET}$`), text, 'zone offset');
    if (found === 'Z') return new ZoneOffset(0);
    const [hour, minute, second] = (found as string).slice(1).split(':').map(Number);
    const size = (hour as number) * 3600 + (minute as number) * 60 + (second ?? 0);
    return new ZoneOffset(found?.startsWith('-') ? -size : size);
  }

  toString(): string {
    if (this.seconds === 0) return 'Z';
    const size = Math.abs(this.seconds);
    const second = size % 60 === 0 ? '' : `:${two(size % 60)}`;
    return `${this.seconds < 0 ? '-' : '+'}${two(Math.trunc(size / 3600))}:${two(Math.trunc(size / 60) % 60)}${second}`;
  }
}

/** `java.time.ZoneId` of a region: `Asia/Shanghai`. */
export class ZoneId extends Temporal {
  constructor(readonly id: string) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): ZoneId {
    return new ZoneId(match(/^([A-Za-z][A-Za-z0-9~/._+-]*)$/, text, 'zone')[0] as string);
  }

  toString(): string {
    return this.id;
  }
}

/** `java.time.OffsetDateTime`. */
export class OffsetDateTime extends Temporal {
  constructor(
    readonly dateTime: LocalDateTime,
    readonly offset: ZoneOffset,
  ) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): OffsetDateTime {
    const [dateTime, offset] = match(new RegExp(`^(.+?)${OFFSET}$`), text, 'date-time with offset');
    return new OffsetDateTime(LocalDateTime.parse(dateTime as string), ZoneOffset.parse(offset as string));
  }

  toString(): string {
    return `${this.dateTime}${this.offset}`;
  }
}

/** `java.time.OffsetTime`. */
export class OffsetTime extends Temporal {
  constructor(
    readonly time: LocalTime,
    readonly offset: ZoneOffset,
  ) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): OffsetTime {
    const [time, offset] = match(new RegExp(`^(.+?)${OFFSET}$`), text, 'time with offset');
    return new OffsetTime(LocalTime.parse(time as string), ZoneOffset.parse(offset as string));
  }

  toString(): string {
    return `${this.time}${this.offset}`;
  }
}

/** `java.time.ZonedDateTime`. */
export class ZonedDateTime extends Temporal {
  constructor(
    readonly dateTime: LocalDateTime,
    readonly offset: ZoneOffset,
    readonly zone: string,
  ) {
    super();
    Object.freeze(this);
  }

  static parse(text: string): ZonedDateTime {
    const [main, zone] = match(/^([^[]+)(?:\[(.+)\])?$/, text, 'date-time with zone');
    const { dateTime, offset } = OffsetDateTime.parse(main as string);
    return new ZonedDateTime(dateTime, offset, zone ?? offset.toString());
  }

  toString(): string {
    const offset = this.offset.toString();
    return `${this.dateTime}${offset}${this.zone === offset ? '' : `[${this.zone}]`}`;
  }
}
