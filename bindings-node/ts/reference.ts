/** Calling services. */

import { type Attachments, context } from './context';
import { DubboError, invalid, located } from './errors';
import { type JavaType, descriptorOf, parseJavaType } from './javatype';
import { coercer, decodeFlags } from './internal/decode';
import { type Encoder, argumentEncoder, writeAny } from './internal/encode';
import { forget, hold, release, request, wait } from './internal/loop';
import { type Bridge, type NativeReference, native } from './internal/native';
import { Tape, withTape } from './internal/tape';
import { type ReferenceOptions, pairsOf } from './options';
import { type Client, JavaInterface, type Method } from './schema';

/** What one call may override. */
export interface CallOptions {
  /** Time allowed for each attempt, in milliseconds. */
  timeout?: number;
  /** Further attempts after the first. */
  retries?: number;
  /** Sent with the call, in addition to those of the context. */
  attachments?: Attachments;
  /** Send without waiting for an answer; the call gives null. */
  oneway?: boolean;
  /** Gives the call up: it rejects with code `Cancelled`, and a late answer is dropped. */
  signal?: AbortSignal;
}

/** A value together with what the provider attached to it. */
export interface Reply<T = unknown> {
  readonly value: T;
  readonly attachments: Attachments;
}

/** Flag beside the decode flags: the caller wants the attachments of the answer. */
const WITH_ATTACHMENTS = 0x100;

/** A method as the native module knows it, with what encodes its arguments. */
interface BoundMethod {
  readonly number: number;
  readonly label: string;
  readonly oneway: boolean;
  readonly encoders: readonly Encoder[];
  readonly coerce: ((value: any) => unknown) | undefined;
}

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
  const fixed: Record<string, string> = { interface: name };
  if (described !== undefined) fixed.methods = [...new Set(described.methods.map((method) => method.name))].join(',');
  const pairs = pairsOf(options, fixed);
  const flags = decodeFlags(options);
  const bridge = native();
  const reference = await request<NativeReference>(bridge, (token) => bridge.refer(pairs.known, pairs.custom, token));
  return new Reference<T>(bridge, reference, name, described, flags);
}

/** A service of a provider, made by {@link refer}. Close it when it is no longer needed. */
export class Reference<T extends object = any> {
  readonly #bridge: Bridge;
  readonly #native: NativeReference;
  readonly #flags: number;
  readonly #described: JavaInterface<T> | undefined;
  readonly #bound = new Map<string, BoundMethod>();
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
    this.#flags = flags;
    this.interfaceName = name;
    this.call = this.with({});
  }

  /** True when a call would find a connected provider. */
  get isAvailable(): boolean {
    return this.#closed === undefined && this.#native.isAvailable;
  }

  /** The methods of the interface with settings for these calls: `reference.with({ timeout: 100 }).sayHello('x')`. */
  with(options: CallOptions): Client<T> {
    const client: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
    for (const method of this.#described?.methods ?? []) {
      client[method.key] = (...args) => this.#send(this.#bindDescribed(method), args, options, false);
    }
    return client as unknown as Client<T>;
  }

  /**
   * Calls a method by its Java name and parameter types, without a described interface:
   * `reference.invoke('add', ['int', 'long'], [1, 2n])`.
   */
  invoke(method: string, types: readonly string[], args: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    return this.#send(this.#bind(method, types), args, options, false);
  }

  /** As {@link invoke}, and gives the attachments of the answer as well. */
  async exchange(
    method: string,
    types: readonly string[],
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<Reply> {
    return (await this.#send(this.#bind(method, types), args, options, true)) as Reply;
  }

  /** As a call through {@link call}, and gives the attachments of the answer as well. */
  async callWithReply<K extends keyof Client<T> & string>(
    method: K,
    args: Parameters<Client<T>[K]>,
    options: CallOptions = {},
  ): Promise<Reply<Awaited<ReturnType<Client<T>[K]>>>> {
    if (this.#described === undefined) throw new DubboError('MethodNotFound', `${this.interfaceName} was not described`);
    const bound = this.#bindDescribed(this.#described.method(method));
    return (await this.#send(bound, args, options, true)) as Reply<Awaited<ReturnType<Client<T>[K]>>>;
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

  #bindDescribed(method: Method): BoundMethod {
    return (
      this.#bound.get(method.key) ??
      this.#keep(method.key, method.name, method.params, method.descriptor, method.returns, method.oneway)
    );
  }

  #bind(name: string, types: readonly string[]): BoundMethod {
    const key = `${name}(${types.join(',')}`;
    const known = this.#bound.get(key);
    if (known !== undefined) return known;
    const params = types.map(parseJavaType);
    return this.#keep(key, name, params, params.map(descriptorOf).join(''), undefined, false);
  }

  #keep(
    key: string,
    name: string,
    params: readonly JavaType[],
    descriptor: string,
    returns: JavaType | undefined,
    oneway: boolean,
  ): BoundMethod {
    const bound: BoundMethod = {
      number: this.#native.method(name, descriptor),
      label: name,
      oneway,
      encoders: params.map((type) => argumentEncoder(type)),
      coerce: returns === undefined ? undefined : coercer(returns),
    };
    this.#bound.set(key, bound);
    return bound;
  }

  #send(method: BoundMethod, args: readonly unknown[], options: CallOptions, withReply: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw new DubboError('Closed', `the reference to ${this.interfaceName} is closed`);
      options.signal?.throwIfAborted();
      const bridge = this.#bridge;
      const finish = (value: unknown, attachments: readonly unknown[] | undefined): void => {
        // A value that cannot be brought into its declared type rejects this call and no other.
        try {
          const result = method.coerce === undefined ? value : method.coerce(value);
          resolve(withReply ? { value: result, attachments: attachmentsOf(attachments ?? []) } : result);
        } catch (error) {
          reject(error);
        }
      };
      const attachments = outgoing(options.attachments);
      withTape((tape) => {
        writeArguments(tape, method, args);
        const token = wait(bridge, { resolve: finish, reject });
        try {
          const flags = this.#flags | (withReply ? WITH_ATTACHMENTS : 0);
          const oneway = options.oneway ?? method.oneway;
          bridge.submit(this.#native, method.number, tape.bytes, token, flags, milliseconds(options.timeout), options.retries ?? -1, oneway, attachments);
        } catch (error) {
          forget(bridge, token);
          throw error;
        }
        options.signal?.addEventListener('abort', () => bridge.cancel(token), { once: true });
      });
    });
  }
}

function milliseconds(timeout: number | undefined): number {
  if (timeout === undefined) return -1;
  if (Number.isFinite(timeout) && timeout > 0) return Math.ceil(timeout);
  throw invalid(`timeout must be a positive number of milliseconds, not ${String(timeout)}`);
}

function writeArguments(tape: Tape, method: BoundMethod, args: readonly unknown[]): void {
  const { encoders } = method;
  if (args.length !== encoders.length) {
    throw invalid(`${method.label}() takes ${encoders.length} arguments, ${args.length} given`);
  }
  let index = 0;
  try {
    for (; index < encoders.length; index += 1) (encoders[index] as Encoder)(tape, args[index]);
  } catch (error) {
    throw located(error, `args[${index}]`);
  }
}

/** Attachments of the context and of the call, keys and values in turn. @internal */
export function outgoing(own: Attachments | undefined): (string | Uint8Array)[] | undefined {
  const inherited = context()?.attachments;
  if (own === undefined && inherited === undefined) return undefined;
  return attachmentList({ ...inherited, ...own });
}

/** @internal */
export function attachmentList(attachments: Attachments): (string | Uint8Array)[] {
  const list: (string | Uint8Array)[] = [];
  for (const [key, value] of Object.entries(attachments)) {
    if (value === undefined || value === null) continue;
    list.push(key, typeof value === 'string' ? value : encoded(value));
  }
  return list;
}

/** Dubbo before 2.7.6 knows texts only; whoever attaches something else knows that. */
function encoded(value: unknown): Uint8Array {
  const tape = new Tape();
  writeAny(tape, value);
  return native().encode(tape.bytes, 0);
}

/** Received attachments by key. @internal */
export function attachmentsOf(list: readonly unknown[]): Attachments {
  const attachments: Record<string, unknown> = Object.create(null);
  for (let i = 0; i + 1 < list.length; i += 2) attachments[list[i] as string] = list[i + 1];
  return Object.freeze(attachments);
}
