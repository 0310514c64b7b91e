/** Runs the calls that arrive: those of exported services, and those of objects that were passed as parameters. */

import { type ServedCall, serve } from '../context';
import { RemoteError, invalid } from '../errors';
import { JavaInterface, type Method } from '../schema';
import { writeThrowable } from './beans';
import { argumentEncoder } from './declared';
import { coercer } from './decode';
import { type Encoder, writeAny } from './encode';
import { type ArrivedCall, type Bridge, type NativeCallbackProxy, onCall } from './native';
import { attachmentList, attachmentsOf } from './stub';
import { withTape } from './tape';

interface ServedMethod {
  readonly run: (...args: unknown[]) => unknown;
  readonly coerce: readonly (((value: any) => unknown) | undefined)[] | undefined;
  readonly encode: Encoder;
  readonly callbacks: Method['callbacks'];
}

/** Makes what a service gets for an object of its caller; set by `callback.ts`, which imports this file. */
let wrapCallback: (bridge: Bridge, described: JavaInterface, proxy: NativeCallbackProxy) => unknown;

export function setCallbackWrapper(wrap: typeof wrapCallback): void {
  wrapCallback = wrap;
}

const runners = new Map<number, Runner>();
let nextRunner = 0;

/** The methods of one object of this side. */
export class Runner {
  /** The number under which its calls arrive. */
  readonly number = nextRunner++;
  /** Java names and descriptors in turn. */
  readonly signatures: string[];
  readonly #bridge: Bridge;
  readonly #name: string;
  readonly #methods = new Map<string, ServedMethod>();

  constructor(bridge: Bridge, described: JavaInterface<any>, implementation: object) {
    if (!(described instanceof JavaInterface)) throw invalid('give the interface that javaInterface() made');
    this.#bridge = bridge;
    this.#name = described.name;
    for (const method of described.methods) {
      this.#methods.set(`${method.name}(${method.descriptor}`, served(described.name, method, implementation));
    }
    this.signatures = described.methods.flatMap((method) => [method.name, method.descriptor]);
    runners.set(this.number, this);
  }

  /** Calls find it no more. */
  release(): void {
    runners.delete(this.number);
  }

  /** Runs one call and answers it. Never throws. */
  call(arrived: ArrivedCall): void {
    const method = this.#methods.get(`${arrived.name}(${arrived.descriptor}`);
    if (method === undefined) {
      this.#bridge.refuse(arrived.id, `${this.#name} has no method ${arrived.name}`);
      return;
    }
    serve(this.#served(arrived), (context) => {
      const value = (result: unknown): void => this.#value(arrived, method, result, context.reply);
      const failure = (error: unknown): void => this.#failure(arrived, error, context.reply);
      let result: unknown;
      try {
        this.#prepare(arrived, method);
        result = method.run(...arrived.args);
      } catch (error) {
        return failure(error);
      }
      if (isThenable(result)) result.then(value, failure);
      else value(result);
    });
  }

  #served(arrived: ArrivedCall): ServedCall {
    return {
      attachments: attachmentsOf(arrived.attachments),
      service: this.#name,
      method: arrived.name,
      remoteAddress: arrived.remote,
      localAddress: arrived.local,
      deadline: arrived.remaining < 0 ? undefined : performance.now() + arrived.remaining,
    };
  }

  #prepare(arrived: ArrivedCall, method: ServedMethod): void {
    const { args } = arrived;
    method.coerce?.forEach((one, index) => {
      if (one !== undefined) args[index] = one(args[index]);
    });
    for (const proxy of arrived.callbacks ?? []) {
      const described = method.callbacks.get(proxy.index);
      if (described !== undefined) args[proxy.index] = wrapCallback(this.#bridge, described, proxy);
    }
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

function served(name: string, method: Method, implementation: object): ServedMethod {
  const run = (implementation as Record<string, unknown>)[method.key];
  if (typeof run !== 'function') throw invalid(`the implementation of ${name} has no method ${method.key}`);
  const coerce = method.params.map((type) => coercer(type));
  return {
    run: run.bind(implementation) as ServedMethod['run'],
    coerce: coerce.some((one) => one !== undefined) ? coerce : undefined,
    encode: method.returns === undefined ? writeAny : argumentEncoder(method.returns),
    callbacks: method.callbacks,
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

/** What a service threw, as an error: anything can be thrown in JavaScript. */
function throwableOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new RemoteError('java.lang.RuntimeException', String(thrown));
}

onCall((bridge, service, call) => {
  const runner = runners.get(service);
  if (runner === undefined) bridge.refuse(call.id, 'the object was released');
  else runner.call(call);
});
