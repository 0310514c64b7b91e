/** How processes end: each case is a process of its own. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const folder = join(__dirname, '..', '..', 'test', 'exit');

interface Ended {
  code: number | null;
  output: string;
  ms: number;
}

async function run(file: string, ...args: string[]): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--expose-gc', join(folder, file), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const [code] = await once(child, 'close');
  return { code, output, ms: performance.now() - start };
}

let server: ChildProcess;
let port: string;

async function startServer(): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [join(folder, 'server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return [child, /port=(\d+)/.exec(line)![1]!];
}

before(async () => {
  [server, port] = await startServer();
});
after(async () => {
  server.stdin!.end();
  await once(server, 'close');
});

test('an idle client does not keep the process alive', async () => {
  const ended = await run('client.mjs', 'idle', port);
  assert.deepEqual([ended.code, ended.output], [0, 'idle\n']);
});

test('a call in flight keeps the process alive until it is answered', async () => {
  const ended = await run('client.mjs', 'in_flight', port);
  assert.deepEqual([ended.code, ended.output], [0, 'answered 300\n']);
});

test('process.exit() with calls in flight gives its code', async () => {
  const ended = await run('client.mjs', 'exit', port);
  assert.deepEqual([ended.code, ended.output], [7, '']);
});

test('an uncaught error ends the process as it always does', async () => {
  const ended = await run('client.mjs', 'uncaught', port);
  assert.equal(ended.code, 1);
  assert.match(ended.output, /nobody catches this/);
});

test('an error in a then() of a call is an unhandled rejection, not a crash', async () => {
  const ended = await run('client.mjs', 'rejection', port);
  assert.equal(ended.code, 1);
  assert.match(ended.output, /from then/);
});

test('ref() keeps an idle client alive until unref()', async () => {
  const ended = await run('client.mjs', 'ref', port);
  assert.deepEqual([ended.code, ended.output], [0, 'unref\n']);
});

test('references may be dropped without close', async () => {
  const ended = await run('client.mjs', 'dropped', port);
  assert.deepEqual([ended.code, ended.output], [0, 'dropped\n']);
});

test('references may be dropped with calls in flight: the calls end', async () => {
  const ended = await run('client.mjs', 'dropped_in_flight', port);
  assert.deepEqual([ended.code, ended.output], [0, '20\n']);
});

test('process.exit() with a server that works on calls gives its code', async () => {
  const ended = await run('client.mjs', 'server', port);
  assert.deepEqual([ended.code, ended.output], [5, '']);
});

test('a server ends by SIGTERM with code 0, and a second signal ends it at once', async () => {
  const [graceful] = await startServer();
  graceful.kill('SIGTERM');
  assert.deepEqual(await once(graceful, 'close'), [0, null]);

  const [stubborn, itsPort] = await startServer();
  const client = run('client.mjs', 'in_flight', itsPort);
  await client;
  const hanging = spawn(process.execPath, ['-e', hang(itsPort)], { stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
  await once(createInterface(hanging.stdout!), 'line');
  stubborn.kill('SIGTERM');
  // The first signal has been taken when the port no longer accepts; poll for that rather than wait for a time.
  const { connect } = await import('node:net');
  const accepts = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(Number(itsPort), '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.once('close', () => undefined).unref();
      socket.on('connect', () => socket.destroy());
    });
  while (await accepts());
  stubborn.kill('SIGTERM');
  const [code, signal] = await once(stubborn, 'close');
  assert.deepEqual([code, signal], [null, 'SIGTERM']);
  hanging.kill();
});

/** A client with a call that never ends. */
function hang(itsPort: string): string {
  return `
    const { refer } = require('polydubbo');
    refer('com.acme.Slow', { url: 'dubbo://127.0.0.1:${itsPort}', timeout: 60000, retries: 0 }).then((slow) => {
      slow.invoke('hang', [], []).catch(() => {});
      return slow.invoke('wait', ['int'], [1]).then(() => console.log('sent'));
    });`;
}
