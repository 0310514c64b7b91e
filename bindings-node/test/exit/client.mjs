// One way to end a client, named by the first argument; the second is the port of a server.
import { Server, javaInterface, refer } from 'polydubbo';

const [, , how, port] = process.argv;
const slow = await refer('com.acme.Slow', { url: `dubbo://127.0.0.1:${port}`, timeout: 30000, retries: 0 });
const wait = (ms) => slow.invoke('wait', ['int'], [ms]);

const ways = {
  // Connected and idle: nothing keeps the process alive.
  async idle() {
    await wait(1);
    console.log('idle');
  },
  // A call in flight keeps it alive until the answer comes.
  in_flight() {
    wait(300).then((ms) => console.log(`answered ${ms}`));
  },
  // process.exit() with calls in flight.
  exit() {
    for (let i = 0; i < 50; i += 1) wait(10000).catch(() => {});
    setImmediate(() => process.exit(7));
  },
  // An error that nobody catches, with calls in flight.
  uncaught() {
    wait(10000).catch(() => {});
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
  },
  // ref() keeps an idle client alive until unref().
  ref() {
    slow.ref();
    setTimeout(() => {
      console.log('unref');
      slow.unref();
    }, 300).unref();
  },
  // A rejection inside a then() of a call is an ordinary unhandled rejection.
  rejection() {
    wait(1).then(() => {
      throw new Error('from then');
    });
  },
  // References that are dropped without close.
  async dropped() {
    for (let i = 0; i < 20; i += 1) {
      const other = await refer('com.acme.Slow', { url: `dubbo://127.0.0.1:${port}` });
      await other.invoke('wait', ['int'], [1]);
    }
    globalThis.gc();
    console.log('dropped');
  },
  // References that are dropped, and collected, while their calls are in flight.
  async dropped_in_flight() {
    const calls = [];
    for (let i = 0; i < 20; i += 1) {
      const other = await refer('com.acme.Slow', { url: `dubbo://127.0.0.1:${port}`, timeout: 30000 });
      calls.push(other.invoke('wait', ['int'], [200]));
    }
    globalThis.gc();
    console.log((await Promise.all(calls)).length);
  },
  // A server that serves calls of its own process when it ends.
  async server() {
    const own = new Server({ port: 0, host: '127.0.0.1' });
    await own.export(javaInterface('com.acme.Never', { never: [] }), { never: () => new Promise(() => {}) });
    await own.start();
    const never = await refer('com.acme.Never', { url: own.url, timeout: 30000 });
    for (let i = 0; i < 20; i += 1) never.invoke('never', [], []).catch(() => {});
    while (own.running < 20) await new Promise(setImmediate);
    process.exit(5);
  },
};
await ways[how]();
