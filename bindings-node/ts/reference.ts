/** Calling services. */

import { DubboError, invalid } from './errors';
import { decodeFlags } from './internal/decode';
import { hold, release, request } from './internal/loop';
import { type Bridge, type NativeReference, native } from './internal/native';
import { type CallOptions, type Reply, Stub } from './internal/stub';
import { type ReferenceOptions, callbackSettings, pairsOf } from './options';
import { type Client, JavaInterface } from './schema';

export type { CallOptions, Reply } from './internal/stub';

/**
 * Refers to a service. Resolves when the reference is ready, and rejects when no provider is there (unless `check` is
 * false).
 *
 * ```ts
 * const greeter = await refer(Greeter, { registry: 'zookeeper://127.0.0.1:2181' });
 * await greeter.call.sayHello('world');
 * ```
 *
 * Without a described interface, give its name and use {@link Reference.invoke}.
 */
export async function refer<T extends object>(
  target: JavaInterface<T> | string,
  options: ReferenceOptions = {},
): Promise<Reference<T>> {
  const described = typeof target === 'string' ? undefined : target;
  if (described !== undefined && !(described instanceof JavaInterface)) {
    throw invalid('refer() takes what javaInterface() made, or the name of a Java interface');
  }
  const name = described?.name ?? (target as string);
  const fixed: Record<string, string> = { interface: name, ...(described && callbackSettings(described)) };
  if (described !== undefined) fixed.methods = [...new Set(described.methods.map((method) => method.name))].join(',');
  const pairs = pairsOf(options, fixed);
  const flags = decodeFlags(options);
  const bridge = native();
  const reference = await request<NativeReference>(bridge, (token) => bridge.refer(pairs.known, pairs.custom, token));
  return new Reference<T>(bridge, reference, name, described, flags);
}

/** Parameter types of Dubbo's generic call: the method, its parameter types, its arguments. */
const GENERIC_TYPES = ['String', 'String[]', 'Object[]'];

/** A service of a provider, made by {@link refer}. Close it when it is no longer needed. */
export class Reference<T extends object = any> {
  readonly #bridge: Bridge;
  readonly #native: NativeReference;
  readonly #described: JavaInterface<T> | undefined;
  readonly #stub: Stub;
  #closed: Promise<void> | undefined;
  #isHeld = false;
  /** Name of the Java interface. */
  readonly interfaceName: string;
  /** The methods of the interface: `await reference.call.sayHello('world')`. */
  readonly call: Client<T>;

  /** @internal */
  constructor(
    bridge: Bridge,
    reference: NativeReference,
    name: string,
    described: JavaInterface<T> | undefined,
    flags: number,
  ) {
    this.#bridge = bridge;
    this.#native = reference;
    this.#described = described;
    this.interfaceName = name;
    const check = (): void => {
      if (this.#closed === undefined) return;
      throw new DubboError('Closed', `the reference has been closed (service: ${name})`, { context: { service: name } });
    };
    this.#stub = new Stub(
      bridge,
      {
        check,
        method: (method, descriptor) => reference.method(method, descriptor),
        submit: bridge.submitter(reference),
      },
      flags,
    );
    this.call = this.with({});
  }

  /** True when a call would find a connected provider. */
  get isAvailable(): boolean {
    return this.#closed === undefined && this.#native.isAvailable;
  }

  /** The methods of the interface with settings for these calls: `reference.with({ timeout: 100 }).sayHello('x')`. */
  with(options: CallOptions): Client<T> {
    return this.#stub.client(this.#described, options);
  }

  /**
   * Calls a method by its Java name and parameter types, without a described interface:
   * `reference.invoke('add', ['int', 'long'], [1, 2n])`.
   */
  invoke(method: string, types: readonly string[], args: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    return this.#stub.send(this.#stub.bind(method, types), args, options, false);
  }

  /** As {@link invoke}, and gives the attachments of the answer as well. */
  async exchange(
    method: string,
    types: readonly string[],
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<Reply> {
    return (await this.#stub.send(this.#stub.bind(method, types), args, options, true)) as Reply;
  }

  /** As a call through {@link call}, and gives the attachments of the answer as well. */
  async callWithReply<K extends keyof Client<T> & string>(
    method: K,
    args: Parameters<Client<T>[K]>,
    options: CallOptions = {},
  ): Promise<Reply<Awaited<ReturnType<Client<T>[K]>>>> {
    if (this.#described === undefined) throw new DubboError('MethodNotFound', `${this.interfaceName} was not described`);
    const bound = this.#stub.bindDescribed(this.#described.method(method));
    return (await this.#stub.send(bound, args, options, true)) as Reply<Awaited<ReturnType<Client<T>[K]>>>;
  }

  /**
   * Dubbo's generic call: beans travel as maps (with their class under `class`), enums as their names, so that neither
   * side needs the other's classes. `types` are Java names in full: `com.acme.User`, `int[]`.
   */
  invokeGeneric(
    method: string,
    types: readonly string[],
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    const attachments = { ...options.attachments, generic: 'true' };
    return this.invoke('$invoke', GENERIC_TYPES, [method, types, args], { ...options, attachments });
  }

  /** Sends a value to a provider, which answers it unchanged: tells whether the service is reachable. */
  echo(value: unknown, options: CallOptions = {}): Promise<unknown> {
    return this.invoke('$echo', ['Object'], [value], options);
  }

  /** Keeps the process alive although nothing is in flight. */
  ref(): this {
    if (!this.#isHeld && this.#closed === undefined) hold(this.#bridge);
    this.#isHeld = true;
    return this;
  }

  /** Takes {@link ref} back. */
  unref(): this {
    if (this.#isHeld && this.#closed === undefined) release(this.#bridge);
    this.#isHeld = false;
    return this;
  }

  /** Leaves the registry, lets calls in flight finish for at most `timeout` milliseconds, disconnects. Idempotent. */
  close(timeout = 10_000): Promise<void> {
    if (this.#closed === undefined) {
      this.unref();
      this.#closed = request<void>(this.#bridge, (token) => this.#bridge.closeReference(this.#native, timeout, token));
    }
    return this.#closed;
  }
}
