// A server for the exit tests: prints its port, stops on SIGTERM or when standard input ends.
import { Server, javaInterface, shutdownOnSignals } from 'polydubbo';

const Slow = javaInterface('com.acme.Slow', { wait: { params: ['int'], returns: 'int' }, hang: [] });
const server = new Server({ port: 0, host: '127.0.0.1', shutdownNotice: 0, shutdownWait: 3000 });
await server.export(Slow, {
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms, ms)),
  hang: () => new Promise(() => {}),
});
await server.start();
shutdownOnSignals(server);
process.stdin.resume().on('end', () => server.close()).unref();
console.log(`port=${server.port}`);
