import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, before, test } from 'node:test';

import { DubboError, RemoteError, Server, type RemoteError as Remote, attach, callback, refer } from 'polydubbo';

import { Greeter, GreeterService, Listener, type Pair, pair } from './support.js';

let peers: Pair;
before(async () => {
  peers = await pair();
});
after(() => peers.close());

const code = (name: string) => (error: unknown) => error instanceof DubboError && error.code === name;

test('values, overloads and void', async () => {
  const { call } = peers;
  assert.equal(await call.sayHello('wörld 😀'), 'Hello wörld 😀');
  assert.equal(await call.add(1, 2n ** 60n), 1n + 2n ** 60n);
  assert.equal(await call.addLongs([1n, 2n]), 3n);
  assert.equal(await call.findByName('a'), 'name a');
  assert.equal(await call.findById(5n), 'id 5');
  assert.equal(await call.nothing(), null);
});

test('a method without a described interface', async () => {
  const { reference } = peers;
  assert.equal(await reference.invoke('sayHello', ['String'], ['x']), 'Hello x');
  assert.equal(await reference.invoke('add', ['int', 'long'], [1, 2]), 3n);
  await assert.rejects(reference.invoke('sayHello', ['int'], [1]), DubboError);
});

test('a generic call needs no types of the other side', async () => {
  assert.equal(await peers.reference.invokeGeneric('add', ['int', 'long'], [1, 2n]), 3n);
});

test('wrong arguments reject the promise, and nothing is sent', async () => {
  await assert.rejects(peers.call.add(1.5, 2n), /args\[0\]: 1.5 is not an integer/);
  await assert.rejects(peers.call.addLongs([1n, 'x' as any]), /args\[0\]\[1\]: expected long, got string/);
  await assert.rejects((peers.call.add as any)(1), /add\(\) takes 2 arguments, 1 given/);
  await assert.rejects(peers.reference.with({ timeout: -1 }).sayHello('x'), code('InvalidArgument'));
});

test('exceptions of a service', async () => {
  const java = (await peers.call.fail('java').catch((error) => error)) as Remote;
  assert.ok(java instanceof RemoteError);
  assert.equal(java.javaClass, 'com.acme.NotFoundException');
  assert.equal(java.javaMessage, 'no such user');
  assert.equal(java.fields.code, 7);
  const host = (await peers.call.fail('bad').catch((error) => error)) as Remote;
  assert.equal(host.javaClass, 'java.lang.RuntimeException');
  assert.equal(host.javaMessage, 'TypeError: bad');
  const text = (await peers.call.fail('text').catch((error) => error)) as Remote;
  assert.equal(text.javaMessage, 'just a text');
  const wrong = (await peers.call.wrong().catch((error) => error)) as Remote;
  assert.match(String(wrong.javaMessage), /expected int, got string/);
});

test('a timeout, per call and with the late answer dropped', async () => {
  const slow = peers.reference.with({ timeout: 50 }).later(300);
  await assert.rejects(slow, (error) => error instanceof DubboError && error.isTimeout);
  assert.equal(await peers.call.later(1), 1);
});

test('a call is given up by its signal', async () => {
  const controller = new AbortController();
  const call = peers.reference.with({ signal: controller.signal, timeout: 30_000 }).never();
  setImmediate(() => controller.abort());
  await assert.rejects(call, code('Cancelled'));
  await assert.rejects(peers.reference.with({ signal: controller.signal }).sayHello('x'), { name: 'AbortError' });
  // A signal that outlives its calls keeps nothing of them.
  const lasting = new AbortController();
  const client = peers.reference.with({ signal: lasting.signal });
  await Promise.allSettled([client.sayHello('x'), client.fail('x')]);
  assert.equal(getEventListeners(lasting.signal, 'abort').length, 0);
});

test('attachments travel both ways', async () => {
  const reply = await peers.reference.callWithReply('sayHello', ['x']);
  assert.equal(reply.value, 'Hello x');
  assert.equal(reply.attachments.greeted, 'x');
  const seen = (await peers.reference.with({ attachments: { colour: 'grün', gone: undefined } }).circumstances())!;
  assert.equal((seen.get('attachments') as Map<string, unknown>).get('colour'), 'grün');
  assert.equal(seen.get('service'), 'com.acme.Greeter');
  assert.equal(seen.get('method'), 'circumstances');
  assert.match(String(seen.get('remote')), /^127\.0\.0\.1:\d+$/);
});

test('attachments that are not text arrive as what they are', async () => {
  const seen = await peers.reference.with({ attachments: { list: [1, 2n] } }).circumstances();
  assert.deepEqual((seen.get('attachments') as Map<string, unknown>).get('list'), [1, 2n]);
});

test('attach() covers all calls of an asynchronous flow, and no other', async () => {
  const inside = await attach({ trace: '42' }, async () => {
    await new Promise(setImmediate);
    return peers.call.circumstances();
  });
  assert.equal((inside.get('attachments') as Map<string, unknown>).get('trace'), '42');
  const outside = await peers.call.circumstances();
  assert.equal((outside.get('attachments') as Map<string, unknown>).has('trace'), false);
});

test('a service carries what it received on to the services that it calls', async () => {
  const front = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0 });
  class Front extends GreeterService {
    override circumstances(): any {
      return peers.call.circumstances();
    }
  }
  await front.export(Greeter, new Front());
  await front.start();
  const reference = await refer(Greeter, { url: `dubbo://127.0.0.1:${front.port}` });
  const seen = await reference.with({ attachments: { trace: '7', 'dubbo.tag': 'one-hop' } }).circumstances();
  const attachments = seen.get('attachments') as Map<string, unknown>;
  assert.equal(attachments.get('trace'), '7');
  assert.equal(attachments.has('dubbo.tag'), false);
  await reference.close();
  await front.close();
});

test('one-way calls arrive', async () => {
  const before = await peers.call.notes();
  assert.equal(await peers.call.note('a'), null);
  for (let tries = 0; (await peers.call.notes()) === before; tries += 1) assert.ok(tries < 1000);
});

test('callback objects are called over the same connection', async () => {
  const heard: string[] = [];
  const listener = callback(Listener, {
    changed: (event) => {
      heard.push(event);
      return `<${event}>`;
    },
  });
  assert.equal(await peers.call.subscribe('k', listener), '<k-1><k-2>');
  assert.deepEqual(heard, ['k-1', 'k-2']);
});

test('many calls at once', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `n${i}`);
  const answers = await Promise.all(names.map((name) => peers.call.sayHello(name)));
  assert.deepEqual(answers, names.map((name) => `Hello ${name}`));
});

test('large values', async () => {
  const text = 'x'.repeat(3_000_000);
  assert.equal((await peers.call.sayHello(text)).length, text.length + 6);
  await assert.rejects(peers.call.sayHello('x'.repeat(9_000_000)), DubboError);
  assert.equal(await peers.call.sayHello('y'), 'Hello y');
});

test('options steer how values arrive', async () => {
  const other = await pair({ longs: 'number', maps: 'object' });
  assert.equal((await other.call.add(1, 2n)) as unknown, 3);
  const seen = (await other.call.circumstances()) as any;
  assert.equal(Object.getPrototypeOf(seen), null);
  assert.equal(seen.service, 'com.acme.Greeter');
  await other.close();
});

test('mistakes in settings are named', async () => {
  const url = `dubbo://127.0.0.1:${peers.server.port}`;
  await assert.rejects(refer(Greeter, { url, tiemout: 5 }), (e) => code('Config')(e) && /did you mean "timeout"/.test(String(e)));
  await assert.rejects(refer(Greeter, { url, timeout: 'soon' as any }), code('Config'));
  await assert.rejects(refer(Greeter, {}), /No such any registry/);
  await assert.rejects(refer('not a name', { url }), code('Config'));
  await assert.rejects(refer(Greeter, { url, longs: 'maybe' as any }), /longs must be/);
  await assert.rejects(refer(Greeter, { url, timeout: {} as any }), /timeout must be a text/);
});

test('no provider, no reference', async () => {
  await assert.rejects(refer(Greeter, { url: 'dubbo://127.0.0.1:1' }), DubboError);
  const unchecked = await refer(Greeter, { url: 'dubbo://127.0.0.1:1', check: false, retries: 0 });
  assert.equal(unchecked.isAvailable, false);
  await assert.rejects(unchecked.call.sayHello('x'), DubboError);
  await unchecked.close();
});

test('after close, calls fail; close is idempotent', async () => {
  const other = await pair();
  assert.equal(other.reference.isAvailable, true);
  await other.reference.close();
  await other.reference.close();
  await assert.rejects(other.call.sayHello('x'), code('Closed'));
  assert.equal(other.reference.isAvailable, false);
  await other.server.close();
});

test('a call in flight is settled when the server goes away', async () => {
  const other = await pair({ timeout: 30_000 }, {});
  const rejected = assert.rejects(other.call.never(), (error) => error instanceof DubboError && error.isNetwork);
  while (other.server.running === 0) await new Promise(setImmediate);
  const report = await other.server.close();
  assert.equal(report.forcedCalls, 1);
  await rejected;
  await other.reference.close();
});
