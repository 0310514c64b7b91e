/** Offering services. */

import { DubboError } from './errors';
import { decodeFlags } from './internal/decode';
import { hold, release, request } from './internal/loop';
import { type Bridge, type NativeServer, type NativeService, native } from './internal/native';
import { type DynamicInvoke, Runner } from './internal/serve';
import { type ServerOptions, type ServiceOptions, callbackSettings, pairsOf } from './options';
import type { Implementation, JavaInterface } from './schema';

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
  readonly #runners: Runner[] = [];
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
    const runner = new Runner(this.#bridge, described, implementation, options.maxCalls);
    await this.#offer(runner, { interface: described.name, ...callbackSettings(described) }, options);
  }

  /**
   * Offers every method of an interface through one function: a gateway, a recorder, a mock. It gets the name of the method,
   * the Java names of its parameter types and the arguments; of a generic call those of the method that is meant.
   *
   * ```ts
   * await server.exportDynamic('com.acme.Greeter', (method, types, args) => `${method} was called`);
   * ```
   */
  async exportDynamic(interfaceName: string, invoke: DynamicInvoke, options: ServiceOptions = {}): Promise<void> {
    const runner = new Runner(this.#bridge, interfaceName, invoke, options.maxCalls);
    await this.#offer(runner, { interface: interfaceName }, options);
  }

  async #offer(runner: Runner, fixed: Record<string, string>, options: ServiceOptions): Promise<void> {
    const pairs = pairsOf(options, fixed);
    const flags = decodeFlags(options);
    const service = this.#bridge.service(runner.number, flags, pairs.known, pairs.custom, runner.signatures);
    this.#runners.push(runner);
    if (this.#starting === undefined) {
      this.#waiting.push(service);
      return;
    }
    await this.#starting;
    const server = this.#started('export');
    await request<void>(this.#bridge, (token) => this.#bridge.exportService(server, service, token));
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
    for (const runner of this.#runners) runner.release();
    release(this.#bridge);
    return report;
  }

  #started(what: string): NativeServer {
    if (this.#native !== undefined) return this.#native;
    throw new DubboError('InvalidArgument', `${what} needs a started server: await server.start() first`);
  }
}

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
