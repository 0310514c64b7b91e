// Serves com.acme.Greeter until SIGTERM: node provider.mjs [port] [registry]
import { Server, context, shutdownOnSignals } from 'polydubbo';

import { Greeter, Greeting, UnknownName } from './greeter.mjs';

class GreeterService {
  sayHello(name) {
    return `Hello ${name}`;
  }

  async greet(name, luckyNumbers) {
    if (name === 'Nobody') throw new UnknownName(name);
    const sum = luckyNumbers.reduce((a, b) => a + b, 0n);
    context().reply.served = 'by Node';
    return Object.assign(new Greeting(), { text: `Hello ${name}, your numbers add up to ${sum}`, at: new Date() });
  }
}

const [port = '20880', registry = 'N/A'] = process.argv.slice(2);
const server = new Server({ application: 'greeter-provider', port: Number(port), registry });
await server.export(Greeter, new GreeterService(), { version: '1.0.0' });
await server.start();
shutdownOnSignals(server);
console.log(`serving on port ${server.port}`);
