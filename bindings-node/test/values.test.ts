/** What JavaScript values become where a Java type is declared, and where none is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  BigDecimal,
  BigInteger,
  Byte,
  Double,
  Duration,
  Float,
  Int,
  JavaArray,
  JavaEnum,
  JavaObject,
  LocalDate,
  LocalDateTime,
  Long,
  OffsetDateTime,
  SqlTimestamp,
  TypedList,
  TypedMap,
  Uuid,
  ValueError,
  ValueRangeError,
  decode,
  decodeAll,
  encode,
  encodeAll,
} from 'polydubbo';

const hex = (value: unknown, type?: string): string => encode(value, type).toString('hex');

test('untyped values go by what they are', () => {
  for (const [value, bytes] of [
    [undefined, '4e'],
    [null, '4e'],
    [true, '54'],
    [5, '95'],
    [-0, '5b'],
    [0, '90'],
    [1.5, '5f000005dc'],
    [2 ** 31, '4c0000000080000000'],
    [5n, 'e5'],
    [NaN, '447ff8000000000000'],
    ['a', '0161'],
    [new Double(1), '5c'],
    [new Float(1.1), '5f0000044c'],
    [new Long(1), 'e1'],
    [new Int(1), '91'],
    [new Byte(-1), '8f'],
    [new Date(0), '4b00000000'],
    [Buffer.from([1, 2]), '220102'],
    [new Uint8Array([1, 2]).buffer, '220102'],
    [[1, 'a'], '7a910161'],
    [new Map<unknown, unknown>([['a', 1]]), '480161915a'],
    [{ a: 1, gone: undefined }, '480161915a'],
    [new Set([1]), `7111${Buffer.from('java.util.HashSet').toString('hex')}91`],
    [new Int32Array([1]), `7104${Buffer.from('[int').toString('hex')}91`],
  ] as const) {
    assert.equal(hex(value), bytes, String(value));
  }
});

test('a declared type decides the form', () => {
  for (const [type, value, bytes] of [
    ['long', 5, 'e5'],
    ['long', 5n, 'e5'],
    ['Long', null, '4e'],
    ['int', 5n, '95'],
    ['double', 5, '5d05'],
    ['float', 1.1, '5f0000044c'],
    ['char', 'x', '0178'],
    ['List<Long>', [1, 2], '7ae1e2'],
    ['List<Long>', new Set([1, 2]), undefined],
    ['long[]', [1], `7105${Buffer.from('[long').toString('hex')}e1`],
    ['float[]', [1.1], `7106${Buffer.from('[float').toString('hex')}443ff19999a0000000`],
    ['Map<String, Long>', { a: 1 }, '480161e15a'],
    ['LinkedList<Long>', [1], `7114${Buffer.from('java.util.LinkedList').toString('hex')}e1`],
    ['Set<Long>', [1], `7111${Buffer.from('java.util.HashSet').toString('hex')}e1`],
    ['byte[]', new Int8Array([-1]), '21ff'],
    ['char[]', 'ab', '026162'],
    ['Object', 5, '95'],
  ] as const) {
    if (bytes === undefined) assert.ok(hex(value, type).endsWith('e1e2'));
    else assert.equal(hex(value, type), bytes, `${type} ${String(value)}`);
  }
});

test('what does not fit is refused with its place, before anything is sent', () => {
  for (const [type, value, kind, text] of [
    ['byte', 300, ValueRangeError, 'value 300 out of range for byte'],
    ['int', 2 ** 31, ValueRangeError, 'value 2147483648 out of range for int'],
    ['int', 1.5, ValueRangeError, '1.5 is not an integer, which int needs'],
    ['int', null, ValueError, 'expected int, got null'],
    ['int', '5', ValueError, 'expected int, got string'],
    ['long', 2 ** 53, ValueRangeError, '9007199254740992 is not a safe integer, which long needs: give a bigint'],
    ['long', 1n << 63n, ValueRangeError, 'value 9223372036854775808 out of range for long'],
    ['float', 1e300, ValueRangeError, 'value 1e+300 out of range for float'],
    ['char', '😀', ValueRangeError, 'a char is one UTF-16 unit, found 2'],
    ['String', 5, ValueError, 'expected java.lang.String, got number'],
    ['boolean', 1, ValueError, 'expected boolean, got number'],
    ['List<Map<String, Integer>>', [{}, { k: 'x' }], ValueError, '[1].k: expected int, got string'],
    ['int[][]', [[1], [2, 'x']], ValueError, '[1][1]: expected int, got string'],
    ['Date', new Date(NaN), ValueError, 'an invalid Date cannot be sent'],
    ['LocalDate', 5, ValueError, 'expected java.time.LocalDate, got number'],
    ['Map<Long, Long>', { a: 1 }, ValueError, 'expected a Map with keys of java.lang.Long: an object has text keys only'],
    [undefined, () => 1, ValueError, 'a function cannot be sent'],
    [undefined, { a: [Symbol('x')] }, ValueError, '.a[0]: a symbol cannot be sent'],
    [undefined, new (class Foo {})(), ValueError, 'Foo has no Java form: register the class with registerClass(), or send a JavaObject'],
  ] as const) {
    assert.throws(
      () => encode(value, type),
      (error) => {
        assert.ok(error instanceof kind, String(error));
        assert.equal(error.message, text);
        return true;
      },
    );
  }
});

test('sharing and cycles survive in both directions', () => {
  const shared = { name: 'x' };
  const cycle: any[] = [shared, shared];
  cycle.push(cycle);
  const back = decode(encode(cycle)) as any[];
  assert.equal(back[0], back[1]);
  assert.equal(back[2], back);

  const node = new JavaObject('demo.Node', { v: 1 });
  node.next = node;
  const read = decode(encode(node)) as any;
  assert.equal(read.next, read);

  const map = new Map<string, unknown>();
  map.set('self', map);
  const readMap = decode(encode(map)) as Map<string, unknown>;
  assert.equal(readMap.get('self'), readMap);

  const set = new Set<unknown>();
  set.add([set]);
  const readSet = decode(encode(set)) as Set<unknown[]>;
  assert.equal([...readSet][0]![0], readSet);
});

test('after a class that Java readers miscount, shared values are written again', () => {
  const shared = ['x'];
  const back = decode(encode([shared, new Uuid('00000000-0000-0001-0000-000000000002'), shared, [shared]])) as any[];
  assert.deepEqual(back[2], ['x']);
  assert.deepEqual(back[3], [['x']]);
  const after = ['y'];
  const bytes = encode([new Uuid('00000000-0000-0001-0000-000000000002'), after, after]);
  assert.equal(bytes.includes(Buffer.from('51', 'hex')), false, 'no reference to a slot that readers number otherwise');
  assert.deepEqual((decode(bytes) as unknown[]).slice(1), [['y'], ['y']]);
});

test('values of one body share objects and classes', () => {
  const user = new JavaObject('demo.User', { name: 'bob' });
  const bytes = encodeAll([user, user, new JavaObject('demo.User', { name: 'al' })]);
  assert.equal(bytes.toString('latin1').split('demo.User').length, 2, 'one class definition');
  const [first, second] = decodeAll(bytes);
  assert.equal(first, second);
});

test('long is a bigint unless told otherwise', () => {
  const bytes = encode([1n, 2n ** 60n]);
  assert.deepEqual(decode(bytes), [1n, 2n ** 60n]);
  assert.deepEqual(decode(bytes, { longs: 'number' }), [1, 2n ** 60n]);
  assert.deepEqual(decode(bytes, { longs: 'string' }), ['1', String(2n ** 60n)]);
  assert.deepEqual(decode(encode([1, 2]), { type: 'List<Long>' }), [1n, 2n], 'an int for a long, as some peers send');
});

test('maps are Maps unless told otherwise', () => {
  const bytes = encode(new Map<string, unknown>([['a', 1], ['__proto__', 2]]));
  assert.deepEqual(decode(bytes), new Map([['a', 1], ['__proto__', 2]]));
  const object = decode(bytes, { maps: 'object' }) as any;
  assert.equal(Object.getPrototypeOf(object), null);
  assert.deepEqual(Object.entries(object), [['a', 1], ['__proto__', 2]]);
  const mixed = encode(new Map<unknown, unknown>([[1, 2]]));
  assert.deepEqual(decode(mixed, { maps: 'object' }), new Map([[1, 2]]));
});

test('java types are kept in exact mode', () => {
  const list = decode(encode(new TypedList('java.util.LinkedList', [1])), { exact: true });
  assert.ok(list instanceof TypedList);
  assert.equal(list.javaType, 'java.util.LinkedList');
  const map = decode(encode(new TypedMap('java.util.TreeMap', [['a', 1]])), { exact: true });
  assert.ok(map instanceof TypedMap);
  assert.equal(map.javaType, 'java.util.TreeMap');
  assert.deepEqual(decode(encode(new JavaArray('int[]', [[1], [2]]))), [[1], [2]]);
  assert.ok(!(decode(encode(list)) instanceof TypedList));
});

test('no name of a peer reaches a prototype', () => {
  const hostile = new JavaObject('demo.Evil', { toString: 1, constructor: 2, hasOwnProperty: 3 });
  Object.defineProperty(hostile, '__proto__', { value: { polluted: true }, enumerable: true });
  const back = decode(encode(hostile)) as any;
  assert.deepEqual(Object.keys(back).sort(), ['$class', '__proto__', 'constructor', 'hasOwnProperty', 'toString']);
  assert.equal(Object.getPrototypeOf(back), JavaObject.prototype);
  assert.equal(({} as any).polluted, undefined);
  assert.ok(back instanceof JavaObject);
  // A field that would show a false class is refused.
  assert.throws(() => decode(Buffer.from('\x43\x06demo.X\x91\x06$class\x60\x91', 'latin1')), /\$class/);
});

test('big numbers are exact', () => {
  for (const value of [0n, 1n, -1n, 1n << 31n, 1n << 32n, -(1n << 64n), (1n << 200n) - 1n]) {
    assert.equal(decode(encode(new BigInteger(value))), value);
    assert.equal(decode(encode(value, 'BigInteger')), value);
  }
  assert.equal(decode(encode(1n << 70n)), 1n << 70n);
  for (const text of ['12.340', '1E+3', '-0.0000001', '123456789012345678901234567890.5']) {
    assert.equal(String(decode(encode(text, 'BigDecimal'))), text);
  }
  assert.throws(() => new BigDecimal('NaN'), ValueRangeError);
});

test('text of every kind survives', () => {
  const texts = ['', 'a'.repeat(33), 'é', '中'.repeat(40), '😀 mixed é', '\ud800', 'a\udc00b', '\0', 'x'.repeat(70_000), '😀'.repeat(40_000)];
  for (const text of texts) assert.equal(decode(encode(text)), text);
});

test('bytes of every size survive', () => {
  for (const size of [0, 1, 15, 16, 1023, 1024, 0x8000, 0x8001, 100_000]) {
    const bytes = Buffer.alloc(size, 7);
    const back = decode(encode(bytes));
    assert.ok(Buffer.isBuffer(back));
    assert.ok(bytes.equals(back));
  }
});

test('long lists, wide objects and deep nesting', () => {
  for (const size of [7, 8, 63, 64, 65, 1000, 100_000]) {
    const list = Array.from({ length: size }, (_, i) => i);
    assert.deepEqual(decode(encode(list)), list);
  }
  const wide = new JavaObject('demo.Wide', Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, i])));
  assert.deepEqual(decode(encode(wide)), wide);
  const map = new Map(Array.from({ length: 1000 }, (_, i) => [i, `v${i}`]));
  assert.deepEqual(decode(encode(map)), map);
  let deep: unknown = 1;
  for (let i = 0; i < 500; i += 1) deep = [deep];
  assert.deepEqual(decode(encode(deep)), deep);
  for (let i = 0; i < 100; i += 1) deep = [deep];
  assert.throws(() => encode(deep), /nested more than 512 levels/);
});

test('declared java.time parameters take their text', () => {
  for (const [type, text] of [
    ['LocalDate', '2024-02-29'],
    ['LocalTime', '01:02:03.000000004'],
    ['LocalDateTime', '2024-02-29T01:02'],
    ['Instant', '2024-02-29T01:02:03.500Z'],
    ['Instant', '1969-12-31T23:59:59Z'],
    ['Duration', 'PT1H2M3.5S'],
    ['Duration', 'PT-0.5S'],
    ['Duration', 'PT0S'],
    ['Period', 'P1Y2M3D'],
    ['Year', '2024'],
    ['YearMonth', '2024-02'],
    ['MonthDay', '--02-29'],
    ['ZoneOffset', '+08:00'],
    ['ZoneOffset', 'Z'],
    ['ZoneId', 'Asia/Shanghai'],
    ['OffsetDateTime', '2024-02-29T01:02:03+08:00'],
    ['OffsetTime', '01:02:03-05:30'],
    ['ZonedDateTime', '2024-02-29T01:02:03+08:00[Asia/Shanghai]'],
  ] as const) {
    assert.equal(String(decode(encode(text, type))), text, type);
  }
  for (const [type, text] of [
    ['LocalDate', '2023-02-29'],
    ['LocalTime', '24:00'],
    ['Duration', '1h'],
    ['Instant', 'now'],
  ] as const) {
    assert.throws(() => encode(text, type), ValueRangeError, text);
  }
  assert.ok(LocalDate.parse('2024-02-29').equals(new LocalDate(2024, 2, 29)));
  assert.ok(!LocalDate.parse('2024-02-29').equals('2024-02-29'));
  assert.equal(JSON.stringify({ d: Duration.ofMillis(1500) }), '{"d":"PT1.5S"}');
  assert.ok(LocalDateTime.parse('2024-02-29T01:02').date instanceof LocalDate);
  assert.equal(OffsetDateTime.parse('2024-02-29T01:02Z').offset.seconds, 0);
});

test('java.sql values travel as objects in parameters', () => {
  const back = decode(encode(new Date(5), 'java.sql.Timestamp'));
  assert.ok(back instanceof SqlTimestamp);
  assert.equal(back.getTime(), 5);
});

test('an undeclared class takes plain objects and constants', () => {
  assert.deepEqual(decode(encode({ id: 1 }, 'com.acme.Unknown')), new JavaObject('com.acme.Unknown', { id: 1 }));
  const constant = decode(encode(new JavaEnum('com.acme.Color', 'RED'), 'com.acme.Color')) as any;
  assert.equal(constant.$class, 'com.acme.Color');
  assert.equal(constant.name, 'RED');
  assert.throws(() => encode(5, 'com.acme.Unknown'), /expected com.acme.Unknown, got number/);
});

test('immutable collections that Dubbo 3.2 lost are named', () => {
  const lost = encode(new JavaObject('java.util.CollSer', { tag: 1 }));
  assert.throws(() => decode(lost), /immutable collection sent by Dubbo up to 3.2/);
});
