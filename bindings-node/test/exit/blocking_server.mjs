// A worker thread with a server whose method blocks its loop.
import { parentPort } from 'node:worker_threads';
import { Server, javaInterface } from 'polydubbo';

const Blocking = javaInterface('com.acme.Blocking', { block: { params: ['int'], returns: 'int' } });
const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0, shutdownWait: 500 });
await server.export(Blocking, {
  block(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  },
});
await server.start();
parentPort.on('message', () => server.close().then(() => process.exit(0)));
parentPort.postMessage(server.port);
