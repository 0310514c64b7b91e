/**
 * Values without a JavaScript counterpart: numbers of a chosen Java type, lists, arrays and maps with a Java class, and
 * objects of classes that were not registered.
 *
 * Where a parameter or field is declared, its type decides and none of these is needed. They matter in untyped places:
 * inside `List`, `Map`, `Object`.
 */

import { ValueRangeError, invalid } from './errors';
import { checkClassName } from './javatype';

abstract class JavaNumber<T> {
  readonly value: T;

  protected constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }

  valueOf(): T {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): unknown {
    return typeof this.value === 'bigint' ? this.value.toString() : this.value;
  }
}

function integer(value: number, min: number, max: number, type: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ValueRangeError(`${String(value)} is not a Java ${type}`);
}

/** Java's `byte` in an untyped place. */
export class Byte extends JavaNumber<number> {
  constructor(value: number) {
    super(integer(value, -0x80, 0x7f, 'byte'));
  }
}

/** Java's `short` in an untyped place. */
export class Short extends JavaNumber<number> {
  constructor(value: number) {
    super(integer(value, -0x8000, 0x7fff, 'short'));
  }
}

/** Java's `int` in an untyped place. */
export class Int extends JavaNumber<number> {
  constructor(value: number) {
    super(integer(value, -0x80000000, 0x7fffffff, 'int'));
  }
}

/** Java's `long` in an untyped place; a plain `bigint` means the same. */
export class Long extends JavaNumber<bigint> {
  constructor(value: bigint | number) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new ValueRangeError(`${value} is not a safe integer: give a bigint`);
    }
    const exact = BigInt(value);
    if (exact !== BigInt.asIntN(64, exact)) throw new ValueRangeError(`${exact} is not a Java long`);
    super(exact);
  }
}

/** Java's `float` in an untyped place; rounded to 32 bits. */
export class Float extends JavaNumber<number> {
  constructor(value: number) {
    super(Math.fround(value));
  }
}

/** Java's `double` in an untyped place: `new Double(1)` travels as a double, `1` as an int. */
export class Double extends JavaNumber<number> {
  constructor(value: number) {
    if (typeof value !== 'number') throw new ValueRangeError(`${String(value)} is not a Java double`);
    super(value);
  }
}

/** A `java.math.BigDecimal`: an exact decimal number, kept as the text that Java prints. */
export class BigDecimal {
  /** Java's `toString()`: `12.340`, `1E+3`. */
  readonly value: string;

  constructor(value: string | number | bigint) {
    const text = String(value).trim();
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
      throw new ValueRangeError(`${JSON.stringify(text.slice(0, 64))} is not a decimal number`);
    }
    this.value = text;
    Object.freeze(this);
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }

  /** The nearest double. */
  toNumber(): number {
    return Number(this.value);
  }
}

/** A `java.math.BigInteger` in an untyped place, where a plain `bigint` within 64 bits would travel as a long. */
export class BigInteger extends JavaNumber<bigint> {
  constructor(value: bigint | number | string) {
    super(BigInt(value));
  }
}

/** A `java.util.UUID`. */
export class Uuid {
  /** The 36 characters, in lower case. */
  readonly value: string;

  constructor(value: string) {
    if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) {
      throw new ValueRangeError(`${JSON.stringify(String(value).slice(0, 64))} is not a UUID`);
    }
    this.value = value.toLowerCase();
    Object.freeze(this);
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}

/** A `java.util.Locale`, as Java prints it: `zh_CN`, `zh_CN_#Hans`, empty for the root. */
export class Locale {
  constructor(readonly value: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}

/** A Java `Class` object: `new ClassName('com.acme.User')`, `new ClassName('int')`, `new ClassName('[I')`. */
export class ClassName {
  constructor(readonly name: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.name;
  }
}

/** A `java.sql.Timestamp`; Dubbo's Hessian carries milliseconds only. */
export class SqlTimestamp extends Date {}

/** A `java.sql.Date`. */
export class SqlDate extends Date {}

/** A `java.sql.Time`. */
export class SqlTime extends Date {}

/** A constant of a Java enum without a registered counterpart: `new JavaEnum('com.acme.Color', 'RED')`. */
export class JavaEnum {
  readonly $class: string;
  readonly name: string;

  constructor(className: string, name: string) {
    this.$class = checkClassName(className);
    this.name = name;
    Object.freeze(this);
  }

  toString(): string {
    return this.name;
  }
}

/** A list that names its Java class: `new TypedList('java.util.LinkedList', [1, 2])`. */
export class TypedList<T = unknown> extends Array<T> {
  readonly javaType!: string;

  constructor(javaType: string, items: Iterable<T> = []) {
    super();
    Object.defineProperty(this, 'javaType', { value: javaType });
    for (const item of items) this.push(item);
  }

  /** `map`, `filter` and the like give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A Java array: `new JavaArray('int', [1, 2])`, `new JavaArray('com.acme.User', users)`, `new JavaArray('int[]', rows)`. */
export class JavaArray<T = unknown> extends TypedList<T> {
  constructor(component: string, items: Iterable<T> = []) {
    super(`${component}[]`, items);
  }
}

/** A map that names its Java class: `new TypedMap('java.util.TreeMap', [['a', 1]])`. */
export class TypedMap<K = unknown, V = unknown> extends Map<K, V> {
  readonly javaType!: string;

  constructor(javaType: string, entries: Iterable<readonly [K, V]> = []) {
    super(entries);
    Object.defineProperty(this, 'javaType', { value: checkClassName(javaType) });
  }
}

/** A set that names its Java class: `new TypedSet('java.util.TreeSet', ['a'])`. */
export class TypedSet<T = unknown> extends Set<T> {
  readonly javaType!: string;

  constructor(javaType: string, items: Iterable<T> = []) {
    super(items);
    Object.defineProperty(this, 'javaType', { value: checkClassName(javaType) });
  }
}

/**
 * An object of a Java class that was not registered: its fields are own properties, its class is `$class`.
 *
 * The prototype is frozen and empty, so that no field name of a peer can meet a method or `__proto__`.
 */
export interface JavaObject {
  readonly $class: string;
  [field: string]: unknown;
}

export interface JavaObjectConstructor {
  /** An object to send: `new JavaObject('com.acme.User', { name: 'bob', age: 5 })`. */
  new (className: string, fields?: Record<string, unknown>): JavaObject;
  readonly prototype: JavaObject;
  [Symbol.hasInstance](value: unknown): value is JavaObject;
}

function JavaObjectImpl(this: object, className: string, fields: Record<string, unknown> = {}): void {
  if (!new.target) throw invalid('JavaObject is a class: write new JavaObject(...)');
  setClass(this, checkClassName(className));
  for (const [name, value] of Object.entries(fields)) setField(this, name, value);
}
Object.setPrototypeOf(JavaObjectImpl.prototype, null);
delete JavaObjectImpl.prototype.constructor;
Object.freeze(JavaObjectImpl.prototype);
Object.defineProperty(JavaObjectImpl, 'name', { value: 'JavaObject' });

export const JavaObject = JavaObjectImpl as unknown as JavaObjectConstructor;

export function setClass(object: object, className: string): void {
  Object.defineProperty(object, '$class', { value: className, enumerable: true });
}

/** Defines an own data property; assignment would let `__proto__` reach the prototype. */
export function setField(object: object, name: string, value: unknown): void {
  if (name === '$class') throw invalid('a Java field called $class cannot be shown on a JavaObject: register the class');
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
