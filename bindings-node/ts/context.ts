/**
 * What surrounds a call: attachments, the peer, the time left.
 *
 * The context follows the asynchronous flow. In a service it describes the request that is served; calls made there
 * carry its attachments on, as Dubbo does.
 */

import { AsyncLocalStorage } from 'node:async_hooks';

/** Attachments by key; values are mostly text. */
export type Attachments = Readonly<Record<string, unknown>>;

/**
 * Keys of the protocol itself: they describe one hop and are never carried on to the next.
 */
const ONE_HOP = new Set(
  (
    'path interface group version dubbo token timeout _TO _to async dubbo.tag dubbo.force.tag input output id generic ' +
    'callback.service.instid remote.application'
  ).split(' '),
);

/** Circumstances of a request that is served, or of calls made inside {@link attach}. */
export class RpcContext {
  /** In a service: what the caller attached. Empty elsewhere. */
  readonly request: Attachments;
  /** In a service: sent back with the answer. Set entries freely. */
  readonly reply: Record<string, unknown> = Object.create(null);
  /** Sent with every call made in this context. Set entries freely. */
  readonly attachments: Record<string, unknown> = Object.create(null);
  /** In a service: interface, method and both ends of the connection as `host:port`. */
  readonly service: string | undefined;
  readonly method: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly localAddress: string | undefined;
  readonly #deadline: number | undefined;
  #signal: AbortSignal | undefined;

  /** @internal */
  constructor(from: ServedCall | undefined, inherited: Attachments) {
    this.request = from?.attachments ?? Object.freeze(Object.create(null));
    this.service = from?.service;
    this.method = from?.method;
    this.remoteAddress = from?.remoteAddress;
    this.localAddress = from?.localAddress;
    this.#deadline = from?.deadline;
    for (const key of Object.keys(inherited)) if (isCarriedOn(key)) this.attachments[key] = inherited[key];
  }

  /** Name of the calling application, when it says so. */
  get remoteApplication(): string | undefined {
    const name = this.request['remote.application'];
    return typeof name === 'string' ? name : undefined;
  }

  /** Milliseconds until the caller gives up, if it told; never negative. */
  get remaining(): number | undefined {
    return this.#deadline === undefined ? undefined : Math.max(0, this.#deadline - performance.now());
  }

  /**
   * In a service: aborted when the caller has given up, if it told when that is (its option `enable-timeout-countdown`). Pass it
   * on to `fetch`, timers and further calls to save work that nobody waits for.
   */
  get signal(): AbortSignal | undefined {
    const { remaining } = this;
    if (remaining === undefined) return undefined;
    this.#signal ??= AbortSignal.timeout(Math.min(LONGEST, Math.ceil(remaining)));
    return this.#signal;
  }
}

/** As `setTimeout` allows. */
const LONGEST = 2 ** 31 - 1;

export interface ServedCall {
  readonly attachments: Attachments;
  readonly service: string | undefined;
  readonly method: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly localAddress: string | undefined;
  /** On the clock of `performance.now()`. */
  readonly deadline: number | undefined;
}

function isCarriedOn(key: string): boolean {
  return !ONE_HOP.has(key) && !key.startsWith('sys_callback_arg-');
}

const storage = new AsyncLocalStorage<RpcContext>();

/** The context of the running asynchronous flow, if there is one. */
export function context(): RpcContext | undefined {
  return storage.getStore();
}

/**
 * Runs a function whose calls carry these attachments, in addition to those of the surrounding context.
 *
 * ```ts
 * await attach({ trace: '42' }, () => greeter.call.sayHello('x'));
 * ```
 */
export function attach<T>(attachments: Attachments, run: () => T): T {
  const outer = storage.getStore();
  const inner = new RpcContext(outer === undefined ? undefined : servedOf(outer), outer?.attachments ?? {});
  Object.assign(inner.attachments, attachments);
  return storage.run(inner, run);
}

function servedOf(outer: RpcContext): ServedCall {
  const remaining = outer.remaining;
  return {
    attachments: outer.request,
    service: outer.service,
    method: outer.method,
    remoteAddress: outer.remoteAddress,
    localAddress: outer.localAddress,
    deadline: remaining === undefined ? undefined : performance.now() + remaining,
  };
}

/** Runs a service method in the context of its request. */
export function serve<T>(call: ServedCall, run: (context: RpcContext) => T): T {
  const made = new RpcContext(call, call.attachments);
  return storage.run(made, run, made);
}
