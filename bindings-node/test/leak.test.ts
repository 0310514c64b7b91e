/** Memory stands still while calls come and go. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, encode } from 'polydubbo';

import { pair } from './support.js';

const MIB = 1 << 20;

async function used(): Promise<number> {
  // Two rounds, with a turn of the loop between them, also free what finalizers held.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc!();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function growth(times: number, run: () => Promise<void> | void): Promise<number> {
  for (let i = 0; i < times / 4; i += 1) await run();
  const before = await used();
  for (let i = 0; i < times; i += 1) await run();
  return (await used()) - before;
}

test('calls, exceptions and timeouts leave nothing behind', async () => {
  const { call, reference, close } = await pair();
  const batch = async (): Promise<void> => {
    const names = Array.from({ length: 100 }, (_, i) => call.sayHello(`n${i}`));
    await Promise.all([...names, call.fail('x').catch(() => undefined), call.circumstances()]);
  };
  assert.ok((await growth(200, batch)) < MIB);
  const late = (): Promise<void> =>
    reference
      .with({ timeout: 1 })
      .later(2)
      .then(() => undefined, () => undefined);
  assert.ok((await growth(100, late)) < MIB);
  await close();
});

test('values leave nothing behind', async () => {
  const value = new Map<unknown, unknown>([['a', [1, 2n, 'x'.repeat(100), Buffer.alloc(1000), new Date()]], [5, { b: [] }]]);
  assert.ok((await growth(20_000, () => void decode(encode(value)))) < MIB);
  const bad = Buffer.from('58497fffffff', 'hex');
  const fails = (): void => assert.throws(() => decode(bad)) as void;
  assert.ok((await growth(5000, fails)) < MIB);
});

test('references and servers leave nothing behind', async () => {
  const open = async (): Promise<void> => {
    const peers = await pair();
    await peers.call.sayHello('x');
    await peers.close();
  };
  assert.ok((await growth(20, open)) < MIB);
});
