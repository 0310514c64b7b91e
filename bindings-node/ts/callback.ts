/**
 * Objects that are passed as parameters and called back over the same connection (Dubbo's callback parameters).
 *
 * Which parameters are such objects stands in the provider's URL; a provider of this package publishes it by itself from
 * the interface.
 */

import { DubboError } from './errors';
import { type Bridge, type NativeCallback, type NativeCallbackProxy, native } from './internal/native';
import { Runner, setCallbackWrapper } from './internal/serve';
import { type CallOptions, type Passable, Stub, setPassable } from './internal/stub';
import type { Client, Implementation, JavaInterface } from './schema';

/** An object of this side, to be given as an argument; made by {@link callback}. Giving it twice gives the same object. */
export class Callback<T extends object = any> implements Passable {
  readonly #runner: Runner;
  /** @internal */
  readonly native: NativeCallback;
  /** Ties the object to its TypeScript type; never set. @ignore */
  declare readonly type?: T;

  /** @internal */
  constructor(bridge: Bridge, described: JavaInterface<T>, implementation: Implementation<T>) {
    this.#runner = new Runner(bridge, described, implementation);
    this.native = bridge.callbackService(this.#runner.number, 0, described.name, this.#runner.signatures);
  }

  /** Frees the object; later calls of it are refused. */
  release(): void {
    this.#runner.release();
  }
}

/**
 * Makes an object that a provider may call back.
 *
 * ```ts
 * const listener = callback(Listener, { changed: (event) => `heard ${event}` });
 * await service.call.subscribe('key', listener);
 * ```
 */
export function callback<T extends object>(described: JavaInterface<T>, implementation: Implementation<T>): Callback<T> {
  return new Callback(native(), described, implementation);
}

/** An object of the caller, as a service receives it. It works for as long as the connection does. */
export class CallbackClient<T extends object = any> {
  readonly #native: NativeCallbackProxy;
  readonly #described: JavaInterface<T>;
  readonly #stub: Stub;
  /** The methods of the object. */
  readonly call: Client<T>;

  /** @internal */
  constructor(bridge: Bridge, described: JavaInterface<T>, proxy: NativeCallbackProxy) {
    this.#native = proxy;
    this.#described = described;
    const check = (): void => {
      if (!proxy.isOpen) throw new DubboError('Network', `the connection of the ${described.name} has ended`);
    };
    this.#stub = new Stub(
      bridge,
      {
        check,
        method: (name, descriptor) => proxy.method(name, descriptor),
        submit: (tape, length, attachments) => bridge.callBack(proxy, tape, length, attachments),
      },
      0,
    );
    this.call = this.with({});
  }

  /** True until the connection ends. */
  get isOpen(): boolean {
    return this.#native.isOpen;
  }

  /** Tells one object from another, within this process: passing the same object twice gives the same id. */
  get id(): string {
    return this.#native.id;
  }

  /** The methods of the object with settings for these calls. */
  with(options: CallOptions): Client<T> {
    return this.#stub.client(this.#described, options);
  }
}

setPassable((value): value is Passable => value instanceof Callback);
setCallbackWrapper((bridge, described, proxy) => new CallbackClient(bridge, described, proxy));
