/**
 * Java interfaces as seen from TypeScript: which methods there are, and what Java types they take.
 *
 * A JavaScript number alone does not tell `int` from `long`; the method's descriptor, which every request carries,
 * comes from here.
 */

import { DubboError, invalid } from './errors';
import { type JavaType, checkClassName, descriptorOf, erasedName, parseJavaType } from './javatype';

/** Names of the methods of a TypeScript interface. */
export type MethodNames<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T] &
  string;

type Args<F> = F extends (...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

/** One Java type per parameter. */
export type ParamTypes<A extends readonly unknown[]> = { readonly [I in keyof A]-?: string };

/** One Java method: its parameter types, or more about it. */
export type MethodSpec<A extends readonly unknown[] = readonly unknown[]> =
  | ParamTypes<A>
  | {
      /** Java type of each parameter: `['long', 'List<String>']`. */
      readonly params: ParamTypes<A>;
      /** Java result type; steers how a service's result is encoded and how a consumer's is read. */
      readonly returns?: string;
      /** Java name, when the TypeScript name differs: overloads have one name in Java. */
      readonly name?: string;
      /** The caller does not wait for an answer (Dubbo's `return=false`). */
      readonly oneway?: boolean;
      /** Parameters that are objects of the caller, by position: `{ 1: Listener }`. */
      readonly callbacks?: Readonly<Record<number, JavaInterface<any>>>;
      /** The method lets its callback objects go: they must not be kept after the call. */
      readonly releases?: boolean;
    };

/** All methods of an interface. */
export type MethodSpecs<T> = { readonly [K in MethodNames<T>]: MethodSpec<Args<T[K]>> };

/** The methods of a service as a caller sees them. */
export type Client<T> = { readonly [K in MethodNames<T>]: (...args: Args<T[K]>) => Promise<Result<T[K]>> };

/** The methods of a service as its implementation provides them: plain or async. */
export type Implementation<T> = {
  [K in MethodNames<T>]: (...args: Args<T[K]>) => Result<T[K]> | PromiseLike<Result<T[K]>>;
};

/** One method, resolved. */
export class Method {
  /** Name of the property in TypeScript. */
  readonly key: string;
  /** Name in Java. */
  readonly name: string;
  readonly params: readonly JavaType[];
  /** Declared result, if told. */
  readonly returns: JavaType | undefined;
  /** Erased parameter types in the JVM's notation: `Ljava/lang/String;I`. */
  readonly descriptor: string;
  readonly oneway: boolean;
  /** Parameters that are objects of the caller, by position. */
  readonly callbacks: ReadonlyMap<number, JavaInterface<any>>;
  /** The method lets its callback objects go. */
  readonly releases: boolean;

  constructor(key: string, spec: MethodSpec) {
    const full = isTypeList(spec) ? { params: spec } : spec;
    if (typeof full !== 'object' || full === null || !Array.isArray(full.params)) {
      throw invalid(`method ${key}: give its parameter types, for example ['String', 'int']`);
    }
    this.key = key;
    this.name = full.name ?? key;
    this.params = full.params.map((type: string) => parseJavaType(type));
    this.returns = full.returns === undefined ? undefined : parseJavaType(full.returns);
    this.descriptor = this.params.map(descriptorOf).join('');
    this.oneway = full.oneway ?? false;
    this.callbacks = new Map(Object.entries(full.callbacks ?? {}).map(([index, type]) => [Number(index), type]));
    this.releases = full.releases ?? false;
  }

  toString(): string {
    return `${this.name}(${this.params.map(erasedName).join(', ')})`;
  }
}

function isTypeList(spec: MethodSpec): spec is readonly string[] {
  return Array.isArray(spec);
}

/** A Java interface with its methods; made by {@link javaInterface}. */
export class JavaInterface<T extends object = object> {
  readonly name: string;
  readonly #byKey = new Map<string, Method>();
  readonly #bySignature = new Map<string, Method>();
  /** Ties the interface to its TypeScript type; never set. @ignore */
  declare readonly type?: T;

  constructor(name: string, methods: Readonly<Record<string, MethodSpec>>) {
    this.name = checkClassName(name);
    for (const [key, spec] of Object.entries(methods)) {
      const method = new Method(key, spec);
      const signature = `${method.name}(${method.descriptor}`;
      if (this.#bySignature.has(signature)) throw invalid(`${name} has two methods ${method}`);
      this.#byKey.set(key, method);
      this.#bySignature.set(signature, method);
    }
  }

  /** All methods in the order in which they were declared. */
  get methods(): Method[] {
    return [...this.#byKey.values()];
  }

  /** The method with this TypeScript name. */
  method(key: string): Method {
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    throw new DubboError('MethodNotFound', `${this.name} has no method ${key}`);
  }

  /** The method with this Java name and descriptor. */
  find(name: string, descriptor: string): Method | undefined {
    return this.#bySignature.get(`${name}(${descriptor}`);
  }
}

/**
 * Describes a Java interface.
 *
 * ```ts
 * interface Greeter { sayHello(name: string): string; add(a: number, b: bigint): bigint }
 *
 * const Greeter = javaInterface<Greeter>('com.acme.Greeter', {
 *   sayHello: ['String'],
 *   add: { params: ['int', 'long'], returns: 'long' },
 * });
 * ```
 *
 * Overloads get a name of their own each: `findByName: { name: 'find', params: ['String'] }`.
 */
export function javaInterface<T extends object>(name: string, methods: MethodSpecs<T>): JavaInterface<T> {
  return new JavaInterface<T>(name, methods as Readonly<Record<string, MethodSpec>>);
}
