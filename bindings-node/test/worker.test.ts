/** Worker threads: each has a native environment of its own, which may end at any time. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { DubboError, Server, javaInterface, refer } from 'polydubbo';

interface Slow {
  wait(ms: number): number;
}
const Slow = javaInterface<Slow>('com.acme.Slow', { wait: { params: ['int'], returns: 'int' } });

let server: Server;
before(async () => {
  server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0, shutdownWait: 500 });
  const wait = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, ms, ms).unref());
  await server.export(Slow, { wait }, { maxCalls: 10_000 });
  await server.start();
});
after(() => server.close());

function start(how: string): Worker {
  const file = join(__dirname, '..', '..', 'test', 'exit', 'worker.mjs');
  return new Worker(file, { workerData: { port: server.port, how } });
}

/** Runs a worker to its end. A worker's last message and its exit may come in one turn: both are awaited from the start. */
async function finish(how: string): Promise<[answer: unknown, code: unknown]> {
  const worker = start(how);
  const [[answer], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return [answer, code];
}

test('a worker calls and ends', async () => {
  assert.deepEqual(await finish('end'), [1, 0]);
});

test('a worker exits with calls in flight', async () => {
  assert.deepEqual(await finish('exit'), [1, 3]);
});

test('50 workers call at the same time', async () => {
  const ended = await Promise.all(Array.from({ length: 50 }, () => finish('many')));
  assert.deepEqual(ended, Array.from({ length: 50 }, () => [100, 0]));
});

test('a method that blocks its loop holds up its own callers only', async () => {
  const worker = new Worker(join(__dirname, '..', '..', 'test', 'exit', 'blocking_server.mjs'));
  const [port] = await once(worker, 'message');
  const url = `dubbo://127.0.0.1:${port}`;
  const blocking = await refer('com.acme.Blocking', { url, retries: 0 });
  const block = (ms: number, timeout: number): Promise<unknown> => blocking.invoke('block', ['int'], [ms], { timeout });
  await assert.rejects(block(400, 50), (error) => error instanceof DubboError && error.isTimeout);
  // The late answer belongs to nobody; the next call gets its own.
  assert.equal(await block(1, 30_000), 1);
  await blocking.close();
  worker.postMessage('close');
  assert.deepEqual(await once(worker, 'exit'), [0]);
});

test('50 workers start, call, and are terminated in the middle of calls', async () => {
  for (let round = 0; round < 10; round += 1) {
    const workers = Array.from({ length: 5 }, () => start('hang'));
    await Promise.all(
      workers.map(async (worker) => {
        const [answer] = await once(worker, 'message');
        assert.equal(answer, 1);
        await worker.terminate();
      }),
    );
  }
  // This environment is as well as before.
  assert.deepEqual(await finish('end'), [1, 0]);
});
