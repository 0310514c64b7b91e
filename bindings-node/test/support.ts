/** A service and its consumer in one process, over a real connection. */

import { type Client, type Reference, RemoteError, Server, type ServiceOptions, context, javaInterface, refer } from 'polydubbo';

export interface Listener {
  changed(event: string): string;
}
export const Listener = javaInterface<Listener>('com.acme.Listener', {
  changed: { params: ['String'], returns: 'String' },
});

export interface Greeter {
  sayHello(name: string): string;
  add(a: number, b: bigint): bigint;
  addLongs(list: bigint[]): bigint;
  findByName(name: string): string;
  findById(id: bigint): string;
  later(ms: number): number;
  never(): void;
  fail(kind: string): void;
  nothing(): void;
  circumstances(): Map<string, unknown>;
  note(text: string): void;
  notes(): number;
  wrong(): number;
  subscribe(key: string, listener: any): string;
}

const LISTENER = 'com.acme.Listener';
export const Greeter = javaInterface<Greeter>('com.acme.Greeter', {
  sayHello: { params: ['String'], returns: 'String' },
  add: { params: ['int', 'long'], returns: 'long' },
  addLongs: { params: ['List<Long>'], returns: 'long' },
  findByName: { name: 'find', params: ['String'] },
  findById: { name: 'find', params: ['long'] },
  later: { params: ['int'], returns: 'int' },
  never: [],
  fail: ['String'],
  nothing: { params: [], returns: 'void' },
  circumstances: [],
  note: { params: ['String'], oneway: true },
  notes: { params: [], returns: 'int' },
  wrong: { params: [], returns: 'int' },
  subscribe: { params: ['String', LISTENER], returns: 'String', callbacks: { 1: Listener } },
});

export class GreeterService {
  #notes = 0;

  sayHello(name: string): string {
    const here = context();
    if (here !== undefined) here.reply.greeted = name;
    return `Hello ${name}`;
  }

  async add(a: number, b: bigint): Promise<bigint> {
    return BigInt(a) + b;
  }

  addLongs(list: bigint[]): bigint {
    return list.reduce((sum, one) => sum + one, 0n);
  }

  findByName(name: string): string {
    return `name ${name}`;
  }

  findById(id: bigint): string {
    return `id ${id}`;
  }

  later(ms: number): Promise<number> {
    return new Promise((resolve) => setTimeout(resolve, ms, ms));
  }

  never(): Promise<void> {
    return new Promise(() => undefined);
  }

  fail(kind: string): void {
    if (kind === 'java') throw new RemoteError('com.acme.NotFoundException', 'no such user', { fields: { code: 7 } });
    if (kind === 'text') throw 'just a text';
    throw new TypeError(kind);
  }

  nothing(): void {}

  circumstances(): Map<string, unknown> {
    const here = context()!;
    return new Map<string, unknown>([
      ['attachments', { ...here.request }],
      ['service', here.service],
      ['method', here.method],
      ['remote', here.remoteAddress],
      ['application', here.remoteApplication],
    ]);
  }

  note(_text: string): void {
    this.#notes += 1;
  }

  notes(): number {
    return this.#notes;
  }

  wrong(): number {
    return 'not a number' as unknown as number;
  }

  async subscribe(key: string, listener: any): Promise<string> {
    return (await listener.call.changed(`${key}-1`)) + (await listener.call.changed(`${key}-2`));
  }
}

export interface Pair {
  server: Server;
  reference: Reference<Greeter>;
  call: Client<Greeter>;
  close(): Promise<void>;
}

/** Starts a server with a greeter and refers to it. */
export async function pair(reference: Record<string, unknown> = {}, service: ServiceOptions = {}): Promise<Pair> {
  const server = new Server({ port: 0, host: '127.0.0.1', shutdownWait: 2000, shutdownNotice: 0 });
  await server.export(Greeter, new GreeterService(), service);
  await server.start();
  const url = `dubbo://127.0.0.1:${server.port}`;
  const made = await refer(Greeter, { url, application: 'test', retries: 0, ...reference });
  const close = async (): Promise<void> => {
    await made.close();
    await server.close();
  };
  return { server, reference: made, call: made.call, close };
}
