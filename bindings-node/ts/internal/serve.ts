/** Runs the calls that arrive: those of exported services, and those of objects that were passed as parameters. */

import { type ServedCall, serve } from '../context';
import { RemoteError, invalid } from '../errors';
import { checkClassName, parseDescriptor } from '../javatype';
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

/** Serves every method of an interface: a gateway, a recorder, a mock. May be async. */
export type DynamicInvoke = (method: string, types: readonly string[], args: readonly unknown[]) => unknown;

/** Calls of one service that may run at once, unless its options say otherwise. */
const MAX_CALLS = 1000;

/** Signatures remembered per dynamic service; consumers choose them, so there is a bound. */
const MAX_SIGNATURES = 1024;

/** The methods of one object of this side. */
export class Runner {
  /** The number under which its calls arrive. */
  readonly number = nextRunner++;
  /** Java names and descriptors in turn. */
  readonly signatures: string[];
  readonly #bridge: Bridge;
  readonly #name: string;
  readonly #methods = new Map<string, ServedMethod>();
  readonly #dynamic: DynamicInvoke | undefined;
  readonly #maxCalls: number;
  #running = 0;

  constructor(
    bridge: Bridge,
    described: JavaInterface<any> | string,
    implementation: object | DynamicInvoke,
    maxCalls: number = MAX_CALLS,
  ) {
    if (!(maxCalls >= 1)) throw invalid(`maxCalls must be at least 1, not ${maxCalls}`);
    this.#bridge = bridge;
    this.#maxCalls = maxCalls;
    if (typeof described === 'string') {
      if (typeof implementation !== 'function') throw invalid('give a function that serves every method');
      this.#name = checkClassName(described);
      this.#dynamic = implementation as DynamicInvoke;
      this.signatures = [];
    } else {
      if (!(described instanceof JavaInterface)) throw invalid('give the interface that javaInterface() made');
      this.#name = described.name;
      for (const method of described.methods) {
        this.#methods.set(`${method.name}(${method.descriptor}`, served(described.name, method, implementation));
      }
      this.signatures = described.methods.flatMap((method) => [method.name, method.descriptor]);
    }
    runners.set(this.number, this);
  }

  /** Calls find it no more. */
  release(): void {
    runners.delete(this.number);
  }

  /** Runs one call and answers it. Never throws. */
  call(arrived: ArrivedCall): void {
    const method = this.#method(arrived);
    if (method === undefined) {
      this.#bridge.refuse(arrived.id, `${this.#name} has no method ${arrived.name}`, false);
      return;
    }
    if (this.#running >= this.#maxCalls) {
      this.#bridge.refuse(arrived.id, `${this.#name} serves ${this.#maxCalls} calls already`, true);
      return;
    }
    this.#running += 1;
    serve(this.#served(arrived), (context) => {
      const value = (result: unknown): void => {
        this.#running -= 1;
        this.#value(arrived, method, result, context.reply);
      };
      const failure = (error: unknown): void => {
        this.#running -= 1;
        this.#failure(arrived, error, context.reply);
      };
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

  #method(arrived: ArrivedCall): ServedMethod | undefined {
    const signature = `${arrived.name}(${arrived.descriptor}`;
    const known = this.#methods.get(signature);
    if (known !== undefined || this.#dynamic === undefined) return known;
    if (this.#methods.size >= MAX_SIGNATURES) this.#methods.clear();
    const method = anyMethod(this.#dynamic, arrived.name, arrived.descriptor);
    this.#methods.set(signature, method);
    return method;
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
        this.#bridge.reply(arrived.id, tape.buffer, tape.length, false, attachmentList(reply));
      });
    } catch (error) {
      this.#failure(arrived, error, {});
    }
  }

  #failure(arrived: ArrivedCall, error: unknown, reply: Record<string, unknown>): void {
    try {
      withTape((tape) => {
        writeThrowable(tape, throwableOf(error));
        this.#bridge.reply(arrived.id, tape.buffer, tape.length, true, attachmentList(reply));
      });
    } catch (nested) {
      // The exception itself cannot be sent, for instance because a field of it does not fit.
      this.#bridge.refuse(arrived.id, `the service failed, and its error cannot be sent: ${String(nested)}`, false);
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

/** A method of which only its signature is known. Dubbo's generic call wraps the real one. */
function anyMethod(invoke: DynamicInvoke, name: string, descriptor: string): ServedMethod {
  const types = parseDescriptor(descriptor);
  const generic = name === '$invoke' || name === '$invokeAsync';
  const run = (...args: unknown[]): unknown => {
    if (!generic) return invoke(name, types, args);
    const [method, names, values] = args as [string, string[] | null, unknown[] | null];
    return invoke(method, names ?? [], values ?? []);
  };
  return { run, coerce: undefined, encode: writeAny, callbacks: new Map() };
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
  if (runner === undefined) bridge.refuse(call.id, 'the object was released', false);
  else runner.call(call);
});
