import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { DubboError, JavaObject, Server, context, refer } from 'polydubbo';

import { Greeter, GreeterService, pair } from './support.js';

const code = (name: string) => (error: unknown) => error instanceof DubboError && error.code === name;

test('a plain object serves as well as an instance of a class', async () => {
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  const base = new GreeterService();
  const plain = Object.fromEntries(Greeter.methods.map(({ key }) => [key, (...args: any[]) => (base as any)[key](...args)]));
  await server.export(Greeter, { ...plain, sayHello: (name: string) => `plain ${name}` } as any);
  await server.start();
  assert.ok(server.port > 0);
  assert.match(server.url, /^dubbo:\/\//);
  const reference = await refer(Greeter, { url: `dubbo://127.0.0.1:${server.port}` });
  assert.equal(await reference.call.sayHello('x'), 'plain x');
  await reference.close();
  assert.equal((await server.close()).forcedCalls, 0);
});

test('groups and versions are services of their own; more may be exported later', async () => {
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  await server.export(Greeter, new GreeterService(), { group: 'blue', version: '2.0.0' });
  await server.start();
  const url = `dubbo://127.0.0.1:${server.port}`;
  const blue = await refer(Greeter, { url, group: 'blue', version: '2.0.0', retries: 0 });
  assert.equal(await blue.call.sayHello('x'), 'Hello x');
  const plain = await refer(Greeter, { url, retries: 0 });
  await assert.rejects(plain.call.sayHello('x'), DubboError);
  class Other extends GreeterService {
    override sayHello(): string {
      return 'other';
    }
  }
  await server.export(Greeter, new Other());
  assert.equal(await plain.call.sayHello('x'), 'other');
  await assert.rejects(server.export(Greeter, new Other()), code('AlreadyExported'));
  await Promise.all([blue.close(), plain.close()]);
  await server.close();
});

test('mistakes in exporting are named at once', async () => {
  const server = new Server({ port: 0 });
  await assert.rejects(server.export(Greeter, {} as any), /has no method sayHello/);
  await assert.rejects(server.export({} as any, {} as any), code('InvalidArgument'));
  await assert.rejects(server.export(Greeter, new GreeterService(), { exeuctes: 5 }), /did you mean "executes"/);
  assert.throws(() => server.url, code('InvalidArgument'));
  assert.deepEqual(await server.close(), { forcedCalls: 0, elapsed: 0 });
});

test('a port that is taken is reported, and the server can be closed all the same', async () => {
  const first = await pair();
  const second = new Server({ port: first.server.port, host: '127.0.0.1' });
  await assert.rejects(second.start(), DubboError);
  await second.close();
  await first.close();
});

test('close waits for calls that run', async () => {
  const peers = await pair({ timeout: 5000 });
  const call = peers.call.later(200);
  // The call is on the server before it begins to close.
  while (peers.server.running === 0) await new Promise(setImmediate);
  const report = await peers.server.close();
  assert.equal(report.forcedCalls, 0);
  assert.equal(await call, 200);
  await peers.reference.close();
});

test('executes refuses what is too much before JavaScript sees it', async () => {
  const peers = await pair({ timeout: 5000 }, { executes: 2 });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => peers.call.later(100)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
  await peers.close();
});

test('arguments that cannot be decoded are a bad request', async () => {
  const peers = await pair();
  const lost = new JavaObject('java.util.CollSer', { tag: 1 });
  const call = peers.reference.invoke('addLongs', ['List<Object>'], [[lost]]);
  await assert.rejects(call, (error) => code('StatusBadRequest')(error) && /immutable collection/.test(String(error)));
  assert.equal(await peers.call.sayHello('x'), 'Hello x');
  await peers.close();
});

test('maxCalls sends what is too much to another provider', async () => {
  const peers = await pair({ timeout: 5000 }, { maxCalls: 2 });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => peers.call.later(100)));
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  assert.equal(failed.length, 3);
  for (const error of failed) assert.ok(code('StatusThreadPoolExhausted')(error) && /serves 2 calls already/.test(error.message));
  assert.equal(await peers.call.later(1), 1);
  await peers.close();
  await assert.rejects(pair({}, { maxCalls: 0 }), code('InvalidArgument'));
});

test('a function serves every method of an interface', async () => {
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  await server.exportDynamic('com.acme.Anything', async (method, types, args) => {
    if (method === 'fail') throw new TypeError('no such thing');
    return `${method}(${types.join()}) ${args.map(String).join()}`;
  });
  await server.start();
  const any = await refer('com.acme.Anything', { url: server.url, retries: 0 });
  assert.equal(await any.invoke('add', ['int', 'List<Long>'], [1, [2n, 3n]]), 'add(int,java.util.List) 1,2,3');
  assert.equal(await any.invoke('none', [], []), 'none() ');
  assert.equal(await any.invokeGeneric('find', ['java.lang.String'], ['x']), 'find(java.lang.String) x');
  await assert.rejects(any.invoke('fail', [], []), /TypeError: no such thing/);
  await any.close();
  await server.close();
  await assert.rejects(server.exportDynamic('not a name', () => null), code('InvalidArgument'));
});

test('echo comes back from any service', async () => {
  const peers = await pair();
  assert.deepEqual(await peers.reference.echo([1, 'x', null]), [1, 'x', null]);
  await peers.close();
});

test('a method learns when its caller has given up', async () => {
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  let tell: (name: string) => void;
  const given = new Promise<string>((resolve) => (tell = resolve));
  let leave: () => void;
  const left = new Promise<void>((resolve) => (leave = resolve));
  await server.export(Greeter, Object.assign(new GreeterService(), {
    async later(): Promise<number> {
      const signal = context()!.signal!;
      assert.equal(context()!.signal, signal);
      await once(signal, 'abort');
      tell(signal.reason.name);
      // On a busy machine an answer could still overtake the caller's own timer.
      await left;
      return 0;
    },
  }));
  await server.start();
  const impatient = await refer(Greeter, { url: server.url, timeout: 100, retries: 0, 'enable-timeout-countdown': true });
  await assert.rejects(impatient.call.later(1), (error) => error instanceof DubboError && error.isTimeout);
  assert.equal(await given, 'TimeoutError');
  leave!();
  await impatient.close();
  await server.close();
});
