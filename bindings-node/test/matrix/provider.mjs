// The provider: all services of tests/java-peer, exported until SIGTERM or the end of standard input.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

import { RemoteError, Server, context, javaInterface } from '../../dist/index.mjs';
import { sequenceOf, typesOf } from './values.mjs';
import './classes.mjs';

const ALL_TYPES = 'io.polydubbo.peer.api.AllTypes';
const SCENARIOS = fileURLToPath(new URL('../../../tests/matrix/scenarios.json', import.meta.url));

/** Every echo method that a scenario calls; each returns its argument. */
function allTypes() {
  const { scenarios } = JSON.parse(readFileSync(SCENARIOS, 'utf8'));
  const methods = {};
  for (const { service, cases } of scenarios) {
    if (service !== ALL_TYPES) continue;
    for (const { method, descriptor } of cases.flatMap((one) => one.steps ?? [one])) {
      const params = typesOf(descriptor);
      methods[method] = { params, returns: params[0] };
    }
  }
  const echo = Object.fromEntries(Object.keys(methods).map((name) => [name, (value) => value]));
  return [javaInterface(ALL_TYPES, methods), echo];
}

const Listener = javaInterface('io.polydubbo.peer.api.Listener', {
  changed: { params: ['String'], returns: 'String' },
});
const LISTENER = 'io.polydubbo.peer.api.Listener';

const OVERLOADS = ['', 'I', 'J', 'Ljava/lang/Integer;', 'Ljava/lang/String;', 'Ljava/util/List;', 'ILjava/lang/String;', '[Ljava/lang/String;', 'Ljava/lang/Object;'];
const overloads = Object.fromEntries(
  OVERLOADS.map((descriptor, i) => [`overloaded${i}`, { name: 'overloaded', params: typesOf(descriptor), returns: 'String' }]),
);

const Behaviour = javaInterface('io.polydubbo.peer.api.Behaviour', {
  ...overloads,
  hello: { params: ['String'], returns: 'String' },
  nothing: { params: [], returns: 'void' },
  consume: { params: ['Object'], returns: 'void' },
  nothingFound: { params: [], returns: 'String' },
  throwChecked: ['int', 'String'],
  throwWithCause: ['String', 'String'],
  throwUnchecked: ['String'],
  throwStandard: ['String'],
  throwUndeclared: ['String'],
  throwHidden: ['String'],
  throwForeign: ['String'],
  sleep: { params: ['long'], returns: 'long' },
  later: { params: ['String', 'long'], returns: 'String' },
  attachment: { params: ['String'], returns: 'String' },
  answerWith: { params: ['String', 'String'], returns: 'String' },
  add: { params: ['String', 'int'], returns: 'void' },
  count: { params: ['String'], returns: 'int' },
  remotePort: { params: [], returns: 'int' },
  size: { params: ['byte[]'], returns: 'int' },
  bytes: { params: ['int'], returns: 'byte[]' },
  tell: { params: ['String', 'int', LISTENER], returns: 'String', callbacks: { 2: Listener } },
  subscribe: { params: ['String', LISTENER], returns: 'void', callbacks: { 1: Listener } },
  publish: { params: ['String', 'String'], returns: 'boolean' },
  unsubscribe: { params: ['String', LISTENER], returns: 'void', callbacks: { 1: Listener }, releases: true },
});

const peerException = (code, message, cause) =>
  new RemoteError('io.polydubbo.peer.api.PeerException', message, { fields: { code }, cause });

class BehaviourService {
  #counters = new Map();
  #listeners = new Map();

  constructor() {
    OVERLOADS.forEach((descriptor, i) => {
      this[`overloaded${i}`] = () => descriptor;
    });
  }

  hello(name) {
    return `Hello, ${name}`;
  }

  nothing() {}

  consume() {}

  nothingFound() {
    return null;
  }

  throwChecked(code, message) {
    throw peerException(code, message);
  }

  throwWithCause(message, cause) {
    throw peerException(1, message, new RemoteError('java.lang.IllegalArgumentException', cause));
  }

  throwUnchecked(message) {
    throw new RemoteError('io.polydubbo.peer.api.PeerRuntimeException', message);
  }

  throwStandard(message) {
    throw new RemoteError('java.lang.IllegalStateException', message);
  }

  throwUndeclared(message) {
    throw new RemoteError('java.io.IOException', message);
  }

  throwHidden(message) {
    throw new RemoteError('io.polydubbo.peer.node.HiddenException', message);
  }

  throwForeign(message) {
    throw new SyntaxError(message);
  }

  async sleep(ms) {
    await sleep(Number(ms));
    return ms;
  }

  async later(value, ms) {
    await sleep(Number(ms));
    return value;
  }

  attachment(key) {
    return context().request[key] ?? null;
  }

  answerWith(key, value) {
    context().reply[key] = value;
    return value;
  }

  add(counter, amount) {
    this.#counters.set(counter, this.count(counter) + amount);
  }

  count(counter) {
    return this.#counters.get(counter) ?? 0;
  }

  remotePort() {
    return Number(context().remoteAddress.split(':').at(-1));
  }

  size(bytes) {
    return bytes.length;
  }

  bytes(size) {
    return sequenceOf(size);
  }

  async tell(key, times, listener) {
    const answers = [];
    for (let i = 0; i < times; i += 1) answers.push(await listener.call.changed(`${key}-${i}`));
    return answers.join(',');
  }

  async subscribe(key, listener) {
    this.#listeners.set(key, listener);
    await listener.call.changed(`${key}-subscribed`);
  }

  async publish(key, event) {
    const listener = this.#listeners.get(key);
    if (listener === undefined) return false;
    await listener.call.changed(event);
    return true;
  }

  unsubscribe(key) {
    this.#listeners.delete(key);
  }
}

export async function provide(options) {
  const { registry, name, port = '0', host, heartbeat, parameters } = options;
  const server = new Server({ registry, application: name, port: Number(port), host, heartbeat, ...parameters });
  const callbacks = { callbacks: 1000, exact: true };
  const [types, echo] = allTypes();
  await server.export(types, echo, { exact: true });
  await server.export(Behaviour, new BehaviourService(), callbacks);
  await server.export(Behaviour, new BehaviourService(), { ...callbacks, group: 'blue', version: '2.0.0' });
  await server.start();
  process.stdout.write(`READY port=${server.port}\n`);
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.stdin.resume().once('end', resolve).once('error', resolve);
  });
  await server.close();
  process.exit(0);
}
