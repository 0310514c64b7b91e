/** What makes calls: binds methods, writes arguments, waits for the outcome. References and callback objects share it. */

import { type Attachments, context } from '../context';
import { invalid, located } from '../errors';
import { type JavaType, descriptorOf, parseJavaType } from '../javatype';
import type { Client, JavaInterface, Method } from '../schema';
import { argumentEncoder } from './declared';
import { coercer } from './decode';
import { type Encoder, writeAny } from './encode';
import { type Waiting, forget, wait } from './loop';
import { type AttachmentList, type Bridge, type CallbackList, type NativeCallback, type Submit, native } from './native';
import { Tape, withTape } from './tape';

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

/** Where calls go. */
export interface Transport {
  /** Throws when no call can be made any more. */
  check(): void;
  /** The number of a method. */
  method(name: string, descriptor: string): number;
  readonly submit: Submit;
}

/** An object of this side that may be passed as a parameter; see `callback.ts`. */
export interface Passable {
  /** @internal */
  readonly native: NativeCallback;
}

/** Tells objects that are passed as parameters; set by `callback.ts`, which imports this file. */
let isPassable: (value: unknown) => value is Passable = (_value): _value is Passable => false;

export function setPassable(test: (value: unknown) => value is Passable): void {
  isPassable = test;
}

/** A method as the native module knows it, with what encodes its arguments. */
export interface BoundMethod {
  readonly number: number;
  readonly label: string;
  readonly oneway: boolean;
  readonly encoders: readonly Encoder[];
  readonly coerce: ((value: any) => unknown) | undefined;
}

/** Flag beside the decode flags: the caller wants the attachments of the answer. */
const WITH_ATTACHMENTS = 0x100;

/** The methods of one remote object. */
export class Stub {
  readonly #bridge: Bridge;
  readonly #transport: Transport;
  readonly #flags: number;
  readonly #bound = new Map<string, BoundMethod>();

  constructor(bridge: Bridge, transport: Transport, flags: number) {
    this.#bridge = bridge;
    this.#transport = transport;
    this.#flags = flags;
  }

  /** The methods of an interface as functions. */
  client<T extends object>(described: JavaInterface<T> | undefined, options: CallOptions): Client<T> {
    const client: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
    for (const method of described?.methods ?? []) {
      client[method.key] = (...args) => this.send(this.bindDescribed(method), args, options, false);
    }
    return client as unknown as Client<T>;
  }

  bindDescribed(method: Method): BoundMethod {
    const known = this.#bound.get(method.key);
    if (known !== undefined) return known;
    return this.#keep(method.key, method.name, method.params, method.returns, method.oneway);
  }

  bind(name: string, types: readonly string[]): BoundMethod {
    const key = `${name}(${types.join(',')}`;
    return this.#bound.get(key) ?? this.#keep(key, name, types.map(parseJavaType), undefined, false);
  }

  #keep(
    key: string,
    name: string,
    params: readonly JavaType[],
    returns: JavaType | undefined,
    oneway: boolean,
  ): BoundMethod {
    const bound: BoundMethod = {
      number: this.#transport.method(name, params.map(descriptorOf).join('')),
      label: name,
      oneway,
      encoders: params.map((type) => argumentEncoder(type)),
      coerce: returns === undefined ? undefined : coercer(returns),
    };
    this.#bound.set(key, bound);
    return bound;
  }

  /** Makes a call. What is wrong with it rejects the promise, too. */
  send(method: BoundMethod, args: readonly unknown[], options: CallOptions, withReply: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#transport.check();
      const { signal } = options;
      signal?.throwIfAborted();
      const attachments = outgoing(options.attachments);
      const timeout = milliseconds(options.timeout);
      const call = new Call(method, withReply, resolve, reject);
      const token = this.#submit(call, args, options, timeout, attachments);
      if (signal !== undefined) call.listen(signal, () => this.#bridge.cancel(token));
    });
  }

  #submit(
    call: Call,
    args: readonly unknown[],
    options: CallOptions,
    timeout: number,
    attachments: AttachmentList,
  ): number {
    const { method } = call;
    const flags = this.#flags | (call.withReply ? WITH_ATTACHMENTS : 0);
    return withTape((tape) => {
      const callbacks = writeArguments(tape, method, args);
      const token = wait(this.#bridge, call);
      tape.head(method.number, token, flags, timeout, options.retries ?? -1, options.oneway ?? method.oneway);
      try {
        this.#transport.submit(tape.buffer, tape.length, attachments, callbacks);
      } catch (error) {
        forget(this.#bridge, token);
        throw error;
      }
      return token;
    });
  }
}

/** A call on its way. */
class Call implements Waiting {
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #signal: AbortSignal | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    readonly method: BoundMethod,
    readonly withReply: boolean,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Runs `cancel` when the signal says so before the outcome. */
  listen(signal: AbortSignal, cancel: () => void): void {
    this.#signal = signal;
    this.#cancel = () => {
      // The token may be that of another call by now.
      if (this.#signal !== undefined) cancel();
    };
    signal.addEventListener('abort', this.#cancel);
  }

  resolve(value: unknown, attachments: readonly unknown[] | undefined): void {
    this.#forgetSignal();
    const { coerce } = this.method;
    // A value that cannot be brought into its declared type rejects this call and no other.
    try {
      const result = coerce === undefined ? value : coerce(value);
      this.#resolve(this.withReply ? { value: result, attachments: attachmentsOf(attachments ?? []) } : result);
    } catch (error) {
      this.#reject(error);
    }
  }

  reject(error: unknown): void {
    this.#forgetSignal();
    this.#reject(error);
  }

  #forgetSignal(): void {
    const signal = this.#signal;
    this.#signal = undefined;
    if (this.#cancel !== undefined) signal?.removeEventListener('abort', this.#cancel);
  }
}

function milliseconds(timeout: number | undefined): number {
  if (timeout === undefined) return -1;
  if (Number.isFinite(timeout) && timeout > 0) return Math.ceil(timeout);
  throw invalid(`timeout must be a positive number of milliseconds, not ${String(timeout)}`);
}

/** Gives the objects among the arguments: their positions and themselves in turn. */
function writeArguments(tape: Tape, method: BoundMethod, args: readonly unknown[]): CallbackList {
  const { encoders } = method;
  if (args.length !== encoders.length) {
    throw invalid(`${method.label}() takes ${encoders.length} arguments, ${args.length} given`);
  }
  let callbacks: CallbackList;
  let index = 0;
  try {
    for (; index < encoders.length; index += 1) {
      const value = args[index];
      if (isPassable(value)) {
        tape.null();
        (callbacks ??= []).push(index, value.native);
      } else {
        (encoders[index] as Encoder)(tape, value);
      }
    }
  } catch (error) {
    throw located(error, `args[${index}]`);
  }
  return callbacks;
}

/** Attachments of the context and of the call, keys and values in turn. */
function outgoing(own: Attachments | undefined): AttachmentList {
  const inherited = context()?.attachments;
  if (own === undefined && inherited === undefined) return undefined;
  return attachmentList({ ...inherited, ...own });
}

export function attachmentList(attachments: Attachments): AttachmentList {
  const list: (string | Uint8Array)[] = [];
  for (const [key, value] of Object.entries(attachments)) {
    if (value === undefined || value === null) continue;
    list.push(key, typeof value === 'string' ? value : encoded(value));
  }
  return list.length === 0 ? undefined : list;
}

/** Dubbo before 2.7.6 knows texts only; whoever attaches something else knows that. */
function encoded(value: unknown): Uint8Array {
  const tape = new Tape();
  writeAny(tape, value);
  return native().encode(tape.buffer, tape.length, 0);
}

/** Received attachments by key. */
export function attachmentsOf(list: readonly unknown[]): Attachments {
  const attachments: Record<string, unknown> = Object.create(null);
  for (let i = 0; i + 1 < list.length; i += 2) attachments[list[i] as string] = list[i + 1];
  return Object.freeze(attachments);
}
