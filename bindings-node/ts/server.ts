/** Offering services. */

import { type ServedCall, serve } from './context';
import { DubboError, RemoteError, invalid } from './errors';
import { coercer, decodeFlags } from './internal/decode';
import { type Encoder, argumentEncoder, writeAny, writeThrowable } from './internal/encode';
import { hold, release, request } from './internal/loop';
import { type Bridge, type NativeServer, type NativeService, native, onCall } from './internal/native';
import { withTape } from './internal/tape';
import { type ServerOptions, type ServiceOptions, pairsOf } from './options';
import { attachmentList, attachmentsOf } from './reference';
import { type Implementation, JavaInterface, type Method } from './schema';

/** How a shutdown went. */
export interface ShutdownReport {
  /** Calls that were still running when the time was up; their consumers saw a closed connection. */
  readonly forcedCalls: number;
  /** Milliseconds that the shutdown took. */
  readonly elapsed: number;
}

/**
 * One port that offers any number of services.
 *
 * ```ts
 * const server = new Server({ port: 20880, registry: 'zookeeper://127.0.0.1:2181' });
 * server.export(Greeter, { sayHello: (name) => `Hello ${name}` });
 * await server.start();
 * ```
 *
 * A running server keeps the process alive until {@link Server.close}.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #waiting: NativeService[] = [];
  readonly #bridge: Bridge;
  #native: NativeServer | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<ShutdownReport> | undefined;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
    this.#bridge = native();
  }

  /** The port that the server listens on; 0 before it has started. */
  get port(): number {
    return this.#native?.port ?? 0;
  }

  /** A direct URL of the server for this machine, without a service. */
  get url(): string {
    return this.#started('url').url;
  }

  /** Calls that have no answer yet. */
  get running(): number {
    return this.#native?.running ?? 0;
  }

  /**
   * Offers a service: an object, or an instance of a class, whose methods are plain or async. Before {@link start}
   * this only notes it; afterwards the promise resolves when the service is registered.
   */
  async export<T extends object>(
    described: JavaInterface<T>,
    implementation: Implementation<T>,
    options: ServiceOptions = {},
  ): Promise<void> {
    const service = new ServiceRunner(this.#bridge, described, implementation as Record<string, unknown>, options);
    if (this.#starting === undefined) {
      this.#waiting.push(service.native);
      return;
    }
    await this.#starting;
    const server = this.#started('export');
    await request<void>(this.#bridge, (token) => this.#bridge.exportService(server, service.native, token));
  }

  /** Listens, exports what was noted and registers it. Resolves when consumers can call. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const pairs = pairsOf(this.#options, {});
    this.#native = await request<NativeServer>(this.#bridge, (token) =>
      this.#bridge.startServer(pairs.known, pairs.custom, this.#waiting, token),
    );
    hold(this.#bridge);
  }

  /** Withdraws all services from the registry; connected consumers are still served. */
  async offline(): Promise<void> {
    const server = this.#started('offline');
    await request<void>(this.#bridge, (token) => this.#bridge.setOnline(server, false, token));
  }

  /** Takes {@link offline} back. */
  async online(): Promise<void> {
    const server = this.#started('online');
    await request<void>(this.#bridge, (token) => this.#bridge.setOnline(server, true, token));
  }

  /**
   * Stops without losing a call: withdraws from the registry, tells consumers, waits for calls that run (at most
   * `shutdownWait` milliseconds), closes. Idempotent.
   */
  close(): Promise<ShutdownReport> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<ShutdownReport> {
    await this.#starting?.catch(() => undefined);
    const server = this.#native;
    if (server === undefined) return { forcedCalls: 0, elapsed: 0 };
    const report = await request<ShutdownReport>(this.#bridge, (token) => this.#bridge.closeServer(server, token));
    release(this.#bridge);
    return report;
  }

  #started(what: string): NativeServer {
    if (this.#native !== undefined) return this.#native;
    throw new DubboError('InvalidArgument', `${what} needs a started server: await server.start() first`);
  }
}

/** What the native module tells about a call that has arrived. */
export interface ArrivedCall {
  readonly id: number;
  readonly name: string;
  readonly descriptor: string;
  readonly args: unknown[];
  readonly attachments: readonly unknown[];
  readonly remote: string;
  readonly local: string;
  /** Milliseconds until the caller gives up; negative when it did not tell. */
  readonly remaining: number;
}

interface ServedMethod {
  readonly run: (...args: unknown[]) => unknown;
  readonly coerce: readonly (((value: any) => unknown) | undefined)[] | undefined;
  readonly encode: Encoder;
}

const runners = new Map<number, ServiceRunner>();
let nextRunner = 0;

/** Runs the calls of one exported service. */
class ServiceRunner {
  readonly native: NativeService;
  readonly #bridge: Bridge;
  readonly #name: string;
  readonly #methods = new Map<string, ServedMethod>();

  constructor(bridge: Bridge, described: JavaInterface, implementation: Record<string, unknown>, options: ServiceOptions) {
    if (!(described instanceof JavaInterface)) throw invalid('export() takes what javaInterface() made');
    this.#bridge = bridge;
    this.#name = described.name;
    const methods = described.methods;
    for (const method of methods) this.#methods.set(`${method.name}(${method.descriptor}`, served(described, method, implementation));
    const pairs = pairsOf(options, { interface: described.name });
    const signatures = methods.flatMap((method) => [method.name, method.descriptor]);
    const number = nextRunner++;
    this.native = bridge.service(number, decodeFlags(options), pairs.known, pairs.custom, signatures);
    runners.set(number, this);
  }

  /** Runs one call and answers it. Never throws. */
  call(arrived: ArrivedCall): void {
    const method = this.#methods.get(`${arrived.name}(${arrived.descriptor}`);
    if (method === undefined) {
      this.#bridge.refuse(arrived.id, `${this.#name} has no method ${arrived.name}`);
      return;
    }
    const deadline = arrived.remaining < 0 ? undefined : performance.now() + arrived.remaining;
    const request: ServedCall = {
      attachments: attachmentsOf(arrived.attachments),
      service: this.#name,
      method: arrived.name,
      remoteAddress: arrived.remote,
      localAddress: arrived.local,
      deadline,
    };
    serve(request, (context) => {
      const value = (result: unknown): void => this.#value(arrived, method, result, context.reply);
      const failure = (error: unknown): void => this.#failure(arrived, error, context.reply);
      let result: unknown;
      try {
        coerceAll(arrived.args, method.coerce);
        result = method.run(...arrived.args);
      } catch (error) {
        return failure(error);
      }
      if (isThenable(result)) result.then(value, failure);
      else value(result);
    });
  }

  #value(arrived: ArrivedCall, method: ServedMethod, result: unknown, reply: Record<string, unknown>): void {
    try {
      withTape((tape) => {
        // An empty tape is null, or that a method without a result is done.
        if (result !== undefined && result !== null) method.encode(tape, result);
        this.#bridge.reply(arrived.id, tape.bytes, false, attachmentList(reply));
      });
    } catch (error) {
      this.#failure(arrived, error, {});
    }
  }

  #failure(arrived: ArrivedCall, error: unknown, reply: Record<string, unknown>): void {
    try {
      withTape((tape) => {
        writeThrowable(tape, throwableOf(error));
        this.#bridge.reply(arrived.id, tape.bytes, true, attachmentList(reply));
      });
    } catch (nested) {
      // The exception itself cannot be sent, for instance because a field of it does not fit.
      this.#bridge.refuse(arrived.id, `the service failed, and its error cannot be sent: ${String(nested)}`);
    }
  }
}

function served(described: JavaInterface, method: Method, implementation: Record<string, unknown>): ServedMethod {
  const run = implementation[method.key];
  if (typeof run !== 'function') throw invalid(`the implementation of ${described.name} has no method ${method.key}`);
  const coerce = method.params.map((type) => coercer(type));
  return {
    run: run.bind(implementation) as ServedMethod['run'],
    coerce: coerce.some((one) => one !== undefined) ? coerce : undefined,
    encode: method.returns === undefined ? writeAny : argumentEncoder(method.returns),
  };
}

function coerceAll(args: unknown[], coerce: ServedMethod['coerce']): void {
  coerce?.forEach((one, index) => {
    if (one !== undefined) args[index] = one(args[index]);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

/** What a service threw, as an error. An error of this package that is no RemoteError is a fault of the service. */
function throwableOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new RemoteError('java.lang.RuntimeException', String(thrown));
}

onCall((service, call) => runners.get(service)?.call(call));

/**
 * Closes the server on SIGTERM and SIGINT, then ends the process with code 0. Gives a function that takes the handlers
 * away again. A second signal ends the process at once.
 */
export function shutdownOnSignals(...servers: Server[]): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const remove = (): void => signals.forEach((signal) => process.removeListener(signal, stop));
  const stop = (): void => {
    remove();
    void Promise.all(servers.map((server) => server.close())).then(() => {
      process.exitCode ??= 0;
    });
  };
  signals.forEach((signal) => process.on(signal, stop));
  return remove;
}
