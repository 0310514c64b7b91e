/** Every vector of tests/vectors/hessian2.json, in both directions. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  BigDecimal,
  BigInteger,
  ClassName,
  DubboError,
  Duration,
  Instant,
  LocalDate,
  LocalDateTime,
  LocalTime,
  Locale,
  MonthDay,
  OffsetDateTime,
  OffsetTime,
  Period,
  RemoteError,
  SqlDate,
  SqlTimestamp,
  Uuid,
  Year,
  YearMonth,
  ZoneId,
  ZoneOffset,
  ZonedDateTime,
  decode,
  decodeAll,
  encode,
  encodeAll,
} from 'polydubbo';

import { Builder, type Vector } from './tagged.js';

const path = join(__dirname, '..', '..', '..', 'tests', 'vectors', 'hessian2.json');
const vectors: Vector[] = JSON.parse(readFileSync(path, 'utf8'));

const date = new LocalDate(2024, 2, 29);
const time = new LocalTime(1, 2, 3, 4);
const dateTime = new LocalDateTime(date, time);
const offset = new ZoneOffset(28800);

/** JDK classes arrive as values of their own, not as the objects that the vectors show. */
const KNOWN: Record<string, unknown> = {
  bigdecimal: new BigDecimal('12.340'),
  biginteger_jdk17: new BigInteger((1n << 64n) + 1n),
  biginteger_minimal: new BigInteger(1n),
  sql_timestamp: new SqlTimestamp(1001),
  sql_date: new SqlDate(0),
  uuid: new Uuid('00000000-0000-0001-0000-000000000002'),
  uuid_old: new Uuid('00000000-0000-0001-0000-000000000002'),
  class_string: new ClassName('java.lang.String'),
  class_int: new ClassName('int'),
  locale: new Locale('zh_CN'),
  local_date: date,
  local_time: time,
  local_date_time: dateTime,
  instant: new Instant(1, 2),
  duration: new Duration(1, 2),
  period: new Period(1, 2, 3),
  year: new Year(2024),
  year_month: new YearMonth(2024, 2),
  month_day: new MonthDay(2, 29),
  zone_offset: offset,
  zone_id: new ZoneId('Asia/Shanghai'),
  offset_date_time: new OffsetDateTime(dateTime, offset),
  offset_time: new OffsetTime(time, offset),
  zoned_date_time: new ZonedDateTime(dateTime, offset, 'Asia/Shanghai'),
};

/** What becomes a plain value unless decoded exactly. */
const PLAIN: Record<string, unknown> = {
  biginteger_jdk17: (1n << 64n) + 1n,
  biginteger_minimal: 1n,
  calendar: new Date(0),
  local_date_compact_mode: date,
  atomic_integer: 5,
  atomic_long: 5n,
  atomic_boolean: true,
  bytehandle_hl400: 5,
  shorthandle_hl400: 6,
  floathandle_hl400: 1.100000023841858,
};

/** Values that Java wrote in an older form than the one sent here. */
const OLD_FORMS = new Set(['biginteger_jdk17', 'uuid_old']);

/** The class hides a field of its base; a JavaScript object holds one value per name, so this cannot be sent. */
const NOT_REPRESENTABLE = 'subclass_field_order';

for (const vector of vectors) {
  const bytes = Buffer.from(vector.hex, 'hex');
  if (vector.value.t === 'error') {
    test(`decode ${vector.name} fails`, () => {
      assert.throws(() => decode(bytes), (error) => error instanceof DubboError && error.code === 'Serialization');
    });
    continue;
  }
  if (vector.dir !== 'encode') test(`decode ${vector.name}`, () => checkDecode(vector, bytes));
  if (vector.dir !== 'decode' && vector.name !== NOT_REPRESENTABLE) test(`encode ${vector.name}`, () => checkEncode(vector));
}

for (const [name, expected] of Object.entries(PLAIN)) {
  test(`decode ${name} to a plain value`, () => {
    const vector = vectors.find((one) => one.name === name);
    assert.deepStrictEqual(decode(Buffer.from(vector!.hex, 'hex')), expected);
  });
}

test('the table of JDK values names existing vectors only', () => {
  const names = new Set(vectors.map((vector) => vector.name));
  assert.deepEqual(Object.keys(KNOWN).filter((name) => !names.has(name)), []);
});

function checkDecode(vector: Vector, bytes: Buffer): void {
  if (vector.name.startsWith('throwable')) return checkThrowable(vector, bytes);
  const builder = new Builder('exact');
  const profile = vector.profile === 'any' ? 'portable' : vector.profile;
  if (vector.value.t === 'stream') {
    const expected = vector.value.items!.map((item) => builder.value(item));
    const decoded = decodeAll(bytes, { exact: true });
    assert.deepStrictEqual(decoded, expected);
    if (vector.dir === 'both') assert.equal(encodeAll(decoded, { profile }).toString('hex'), vector.hex);
    return;
  }
  const decoded = decode(bytes, { exact: true });
  const expected = vector.name in KNOWN ? KNOWN[vector.name] : compact(vector, builder.value(vector.value));
  assert.deepStrictEqual(decoded, expected);
  // What was decoded exactly is sent back in the very bytes that came.
  if (vector.dir !== 'both' || OLD_FORMS.has(vector.name) || vector.name === NOT_REPRESENTABLE) return;
  assert.equal(encode(decoded, undefined, { profile }).toString('hex'), vector.hex);
}

/** The bare long behind a class without fields is shown as a field. */
function compact(vector: Vector, value: any): unknown {
  if (vector.value.epochDay !== undefined) value.epochDay = BigInt(vector.value.epochDay);
  return value;
}

function checkEncode(vector: Vector): void {
  const options = { profile: vector.profile === 'any' ? 'portable' : vector.profile } as const;
  const builder = new Builder('encode');
  if (vector.value.t === 'stream') {
    const values = vector.value.items!.map((item) => builder.value(item));
    assert.equal(encodeAll(values, options).toString('hex'), vector.hex);
    return;
  }
  assert.equal(encode(builder.value(vector.value), undefined, options).toString('hex'), vector.hex);
}

function checkThrowable(vector: Vector, bytes: Buffer): void {
  const error = decode(bytes);
  assert.ok(error instanceof RemoteError);
  assert.equal(error.javaClass, vector.value.class);
  const message = vector.value.fields!.find(([name]) => name === 'detailMessage')![1];
  assert.equal(error.javaMessage, message.v);
  const frames = vector.value.fields!.find(([name]) => name === 'stackTrace')![1].items!;
  assert.deepEqual(
    error.javaStack.map((frame) => frame.methodName),
    frames.map((frame) => frame.fields!.find(([name]) => name === 'methodName')![1].v),
  );
  assert.equal(error.cause, undefined);
}
