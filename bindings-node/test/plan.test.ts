/** Values that share the memory and the texts of one plan: many of them, long ones, and those that fail among others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DubboError, JavaObject, Server, decode, decodeAll, encode, encodeAll, javaInterface, refer } from 'polydubbo';

const texts = (unit: string): string[] =>
  [0, 1, 12, 13, 100, 1000, 1023, 1024, 1025, 1, 0, 5000, 1024, 0, 1, 70_000].map((length) => unit.repeat(length));

test('texts of all lengths and widths come as they are, next to each other', () => {
  const all = [...texts('a'), ...texts('北'), ...texts('é'), ...texts('\u{1f600}'), '\ud800', ...texts('z')];
  const mixed = all.flatMap((text, index) => [text, index, `${index}`, [text], index / 2]);
  assert.deepEqual(decode(encode(mixed)), mixed);
  assert.deepEqual(decodeAll(encodeAll(mixed)), mixed);
});

test('many texts and bytes between many numbers', () => {
  const many = Array.from({ length: 20_000 }, (_, index) =>
    [`text ${index}`, Buffer.from([index & 255]), index * 1.5, BigInt(index) << 40n, new Date(index), `文${index}`][index % 6],
  );
  assert.deepEqual(decode(encode(many)), many);
  // What is small uses the same memory again.
  assert.deepEqual(decode(encode([1, 'x', 2.5])), [1, 'x', 2.5]);
});

test('ints of all sizes', () => {
  const ints = [0, 24, 25, 31].flatMap((bits) => [-1, 0, 1].flatMap((off) => [2 ** bits + off, -(2 ** bits) + off]));
  const all = ints.filter((int) => (int | 0) === int);
  assert.deepEqual(decode(encode(all)), all);
});

test('more shapes than are kept', () => {
  for (let round = 0; round < 3; round += 1) {
    const objects = Array.from({ length: 3000 }, (_, index) => new JavaObject(`demo.C${round}x${index}`, { [`f${index}`]: index }));
    const back = decode(encode(objects)) as JavaObject[];
    back.forEach((object, index) => assert.deepEqual([object.$class, object[`f${index}`]], [`demo.C${round}x${index}`, index]));
  }
});

test('objects that are made often look like the first', () => {
  const user = new JavaObject('demo.Often', { b: 1, a: 'x', list: [1, 2], self: null });
  const bytes = encode([user, user, { k: user }]);
  const first = decode(bytes) as any[];
  for (let i = 0; i < 200; i += 1) {
    const back = decode(bytes) as any[];
    assert.deepEqual(back, first);
    assert.equal(back[0], back[1]);
    assert.equal(back[2].get('k'), back[0]);
    assert.deepEqual(Object.getOwnPropertyDescriptors(back[0]), Object.getOwnPropertyDescriptors(first[0]));
  }
});

test('a body that ends too early leaves nothing behind', () => {
  const bytes = encode([new JavaObject('demo.Cut', { a: 'text', b: [1.5, 2n] }), new Date(5), 'x'.repeat(3000)]);
  const whole = decode(bytes);
  for (let length = 1; length < 60; length += 1) {
    assert.throws(() => decode(bytes.subarray(0, length)), DubboError);
    assert.deepEqual(decode(bytes), whole);
  }
});

interface Echo {
  echo(value: unknown): unknown;
  raw(value: Uint8Array): unknown;
}
const Echo = javaInterface<Echo>('com.acme.Echo', { echo: ['Object'], raw: ['byte[]'] });

/** An object that cannot be shown: `$class` is one of its fields. */
const hostile = Buffer.from('\x43\x06demo.X\x91\x06$class\x60\x91', 'latin1');

test('what arrives together is decoded each in its own way, also when a service decodes meanwhile', async () => {
  const inner = encode(Array.from({ length: 500 }, (_, index) => `inner ${index}`));
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  await server.export(Echo, {
    echo: (value) => {
      assert.equal((decode(inner) as unknown[])[499], 'inner 499');
      return value;
    },
    raw: (value) => {
      assert.throws(() => decode(value), /\$class/);
      return value;
    },
  });
  await server.start();
  const url = `dubbo://127.0.0.1:${server.port}`;
  const exact = await refer(Echo, { url });
  const numbers = await refer(Echo, { url, longs: 'number', maps: 'object' });
  const texts = await refer(Echo, { url, longs: 'string' });
  const calls: Promise<void>[] = [];
  for (let i = 0; i < 200; i += 1) {
    const value = [BigInt(i), `text ${i}`, new Map([['k', i]]), 'é'.repeat(i), { i }];
    const [, text, map, wide] = value;
    const is = async (answer: Promise<unknown>, want: unknown): Promise<void> => assert.deepEqual(await answer, want);
    calls.push(
      is(exact.call.echo(value), [BigInt(i), text, map, wide, new Map([['i', i]])]),
      is(numbers.call.echo(value), [i, text, record({ k: i }), wide, record({ i })]),
      is(texts.call.echo(value), [`${i}`, text, map, wide, new Map([['i', i]])]),
      is(exact.call.raw(hostile), hostile),
    );
  }
  await Promise.all(calls);
  await Promise.all([exact, numbers, texts].map((one) => one.close()));
  await server.close();
});

const record = (fields: object): object => Object.assign(Object.create(null), fields);
