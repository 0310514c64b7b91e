/**
 * How JavaScript values are made for those of Hessian; `plan.ts` reads the values themselves.
 *
 * A container is made by `read`, which takes its parts one by one. Only a container that is referred to while it is
 * still open (a cycle) is created empty by `blank` and completed by `fill`.
 */

import { DubboError, RemoteError, type StackFrame } from '../errors';
import { type JavaType, OBJECT, isPrimitive } from '../javatype';
import { type AnyClass, type BeanMapping, type EnumMapping, type FieldMapping, registry } from '../registry';
import { BigInteger, Double, JavaEnum, JavaObject, SqlDate, SqlTime, SqlTimestamp, TypedList, TypedMap, TypedSet, setClass, setField } from '../types';
import { isReceivedOnly, joinByWire } from './known';

/** Gives the next part of the container that is being made. */
export type Next = () => unknown;

/** How containers of one kind are made. Field values come in the order of the class definition. */
export interface Factory {
  /** Takes exactly `count` parts. */
  readonly read: (next: Next, count: number) => unknown;
  /** Absent when the value cannot exist before its parts: a cycle through it is an error. */
  readonly blank?: () => object;
  readonly fill?: (target: any, values: unknown[]) => void;
}

/** How a caller wants to receive values. */
export interface DecodeOptions {
  /** Java's `long`: always `bigint`; or `number` while it is a safe integer, else `bigint`; or `string`. */
  longs?: 'bigint' | 'number' | 'string';
  /** Java's maps: always `Map`; or an object without prototype when all keys are strings. */
  maps?: 'map' | 'object';
  /**
   * Everything arrives so that it would be sent back as it came, for gateways: lists, sets and maps keep their Java
   * class (`TypedList`, `TypedSet`, `TypedMap`), a whole double is a `Double`, a `BigInteger` of Java one of this
   * package, and JDK classes that would become plain values stay a `JavaObject`.
   */
  exact?: boolean;
}

const LONGS = { bigint: 0, number: 1, string: 2 } as const;
const LONGS_MASK = 3;
const OBJECT_MAPS = 4;
const EXACT = 8;

/** The options as the number that travels with a call. */
export function decodeFlags(options: DecodeOptions): number {
  const { longs = 'bigint', maps = 'map', exact = false } = options;
  const number = Object.hasOwn(LONGS, longs) ? LONGS[longs] : undefined;
  if (number === undefined) throw new DubboError('Config', `longs must be bigint, number or string, not ${String(longs)}`);
  if (maps !== 'map' && maps !== 'object') throw new DubboError('Config', `maps must be map or object, not ${String(maps)}`);
  return number | (maps === 'object' ? OBJECT_MAPS : 0) | (exact ? EXACT : 0);
}

/** The flags of the value that is being decoded. */
let flags = 0;

/** Sets how the values from here on are decoded, and gives how the last ones were. */
export function setFlags(value: number): number {
  const before = flags;
  flags = value;
  return before;
}

/** The next parts as an array. */
export function take(next: Next, count: number): unknown[] {
  const values: unknown[] = [];
  for (let i = 0; i < count; i += 1) values.push(next());
  return values;
}

/** What makes a container of all its parts at once. */
function reading(from: (values: unknown[]) => unknown): Factory['read'] {
  return (next, count) => from(take(next, count));
}

// ---------------------------------------------------------------------------------------------- lists and maps

export const arrays: Factory = {
  read: take,
  blank: () => [],
  fill: (target: unknown[], values) => append(target, values),
};

const sets: Factory = {
  read: reading((values) => new Set(values)),
  blank: () => new Set(),
  fill: (target: Set<unknown>, values) => {
    for (const value of values) target.add(value);
  },
};

export const maps: Factory = {
  read: reading(mapOf),
  blank: () => new Map(),
  fill: (target: Map<unknown, unknown>, values) => fillMap(target, values),
};

function append(target: unknown[], values: readonly unknown[]): void {
  for (const value of values) target.push(value);
}

function fillMap(target: Map<unknown, unknown>, values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i += 2) target.set(values[i], values[i + 1]);
}

function mapOf(values: readonly unknown[]): unknown {
  if ((flags & OBJECT_MAPS) !== 0 && hasTextKeys(values)) return objectOf(values);
  const map = new Map<unknown, unknown>();
  fillMap(map, values);
  return map;
}

function hasTextKeys(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i += 2) if (typeof values[i] !== 'string') return false;
  return true;
}

/** Without a prototype, `__proto__` is a name like any other. */
function objectOf(values: readonly unknown[]): object {
  const object: Record<string, unknown> = Object.create(null);
  for (let i = 0; i < values.length; i += 2) object[values[i] as string] = values[i + 1];
  return object;
}

/** Known set classes, and whatever else calls itself one. */
const SET_NAME = /(Set|SetN|Set12|KeySetView|SetFromMap)$/;

/** How a list of this Java type is made. */
export function listFactory(type: string, exact: boolean): Factory {
  const isSet = !type.startsWith('[') && SET_NAME.test(type);
  if (!exact) return isSet ? sets : arrays;
  if (isSet) return typedFactory(() => new TypedSet(type), sets);
  return typedFactory(() => new TypedList(listName(type)), arrays);
}

/** How a map of this Java type is made. */
export function mapFactory(type: string, exact: boolean): Factory {
  if (!exact) return maps;
  return typedFactory(() => new TypedMap(type), maps);
}

function typedFactory(blank: () => object, plain: Factory): Factory {
  const from = (values: unknown[]): object => {
    const made = blank();
    plain.fill?.(made, values);
    return made;
  };
  return { read: reading(from), blank, ...(plain.fill && { fill: plain.fill }) };
}

const LONG_ARRAY_NAMES = new Map([
  ['string', 'java.lang.String'],
  ['object', 'java.lang.Object'],
  ['date', 'java.util.Date'],
]);

/** `[[int` as a Java programmer writes it: `int[][]`. */
function listName(type: string): string {
  const dims = type.length - type.replace(/^\[+/, '').length;
  const name = type.slice(dims);
  return dims === 0 ? type : (LONG_ARRAY_NAMES.get(name) ?? name) + '[]'.repeat(dims);
}

// ---------------------------------------------------------------------------------------------- objects

const FRAME_CLASS = 'java.lang.StackTraceElement';

/** How instances of a class definition are made. Called once per definition, then cached by the native module. */
export function classFactory(className: string, fields: readonly string[]): Factory {
  const mapping = registry.byJava(className);
  if (mapping?.kind === 'enum') return enumFactory(mapping, fields);
  if (mapping?.kind === 'bean') return beanFactory(mapping, fields);
  if (mapping?.kind === 'exception' || isThrowable(fields)) return throwableFactory(className, fields, mapping);
  const join = joinByWire.get(className);
  if (join !== undefined) return joinFactory(className, fields, join);
  if (className === FRAME_CLASS) return frameFactory(fields);
  return objectFactory(className, fields);
}

function isThrowable(fields: readonly string[]): boolean {
  return fields.includes('detailMessage') && fields.includes('stackTrace');
}

function fromBlank(blank: () => object, fill: (target: any, values: unknown[]) => void): Factory {
  const from = (values: unknown[]): object => {
    const made = blank();
    fill(made, values);
    return made;
  };
  return { read: reading(from), blank, fill };
}

/** After so many objects of a class that nobody registered, a function of its own makes the next. */
const FREQUENT = 64;

function objectFactory(className: string, fields: readonly string[]): Factory {
  const blank = (): object => {
    const made = Object.create(JavaObject.prototype) as object;
    setClass(made, className);
    return made;
  };
  if (fields.includes('$class')) return fromBlank(blank, (target, values) => setFields(target, fields, values));
  // The prototype is empty and frozen, and has none itself: assignment can only create own properties.
  const plain = fromBlank(blank, (target: Record<string, unknown>, values) => {
    for (let i = 0; i < fields.length; i += 1) target[fields[i] as string] = values[i];
  });
  return frequent(plain, () => generateObject(className, fields));
}

/** Generates code only for what is made often: a peer may send a new class with every message. */
function frequent(plain: Factory, generated: () => Factory['read'] | undefined): Factory {
  let [made, fast] = [0, undefined as Factory['read'] | undefined];
  const read: Factory['read'] = (next, count) => {
    if (fast !== undefined) return fast(next, count);
    made += 1;
    if (made === FREQUENT) fast = generated();
    return plain.read(next, count);
  };
  return { ...plain, read };
}

/**
 * A function that makes objects of one class definition with one hidden class. The names come from a peer: they enter
 * the source as the string literals that `JSON.stringify` makes of them, which hold nothing but text.
 */
function generateObject(className: string, fields: readonly string[]): Factory['read'] | undefined {
  const lines = fields.map((field) => `this[${JSON.stringify(field)}] = next();`);
  const source = `function Shape(next) { setClass(this, className); ${lines.join(' ')} }
    Shape.prototype = prototype;
    return (next) => new Shape(next);`;
  try {
    const build = new Function('prototype', 'setClass', 'className', source);
    return build(JavaObject.prototype, setClass, className) as Factory['read'];
  } catch {
    return undefined;
  }
}

function setFields(target: object, fields: readonly string[], values: readonly unknown[]): void {
  fields.forEach((field, index) => setField(target, field, values[index]));
}

function recordOf(fields: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = Object.create(null);
  for (let i = 0; i < fields.length; i += 1) record[fields[i] as string] = values[i];
  return record;
}

/** A JDK class with a value of its own; content that makes no sense stays visible as a `JavaObject`. */
function joinFactory(
  className: string,
  fields: readonly string[],
  join: (fields: Readonly<Record<string, unknown>>) => unknown,
): Factory {
  const object = objectFactory(className, fields);
  const plain = (values: unknown[]): unknown => {
    let at = 0;
    return object.read(() => values[at++], values.length);
  };
  const isLossy = isReceivedOnly(className);
  const from = (values: unknown[]): unknown => {
    if (isLossy && (flags & EXACT) !== 0) return exactly(className, fields, values, plain);
    try {
      return join(recordOf(fields, values));
    } catch {
      return plain(values);
    }
  };
  return { read: reading(from) };
}

/** A value that loses its class otherwise. */
function exactly(
  className: string,
  fields: readonly string[],
  values: unknown[],
  plain: (values: unknown[]) => unknown,
): unknown {
  if (className !== 'java.math.BigInteger') return plain(values);
  const joined = joinByWire.get(className)?.(recordOf(fields, values));
  return typeof joined === 'bigint' ? new BigInteger(joined) : plain(values);
}

/** Makes the number of a whole double in exact mode; called by the native module. */
export function exactDouble(value: number): Double {
  return new Double(value);
}

function frameFactory(fields: readonly string[]): Factory {
  const from = (values: unknown[]): StackFrame => {
    const record = recordOf(fields, values);
    return Object.freeze({
      declaringClass: String(record.declaringClass),
      methodName: String(record.methodName),
      fileName: typeof record.fileName === 'string' ? record.fileName : null,
      lineNumber: Number(record.lineNumber),
    });
  };
  return { read: reading(from) };
}

function enumFactory(mapping: EnumMapping, fields: readonly string[]): Factory {
  const at = fields.lastIndexOf('name');
  // A constant that this side does not know yet stays readable.
  const of = (name: unknown): unknown =>
    mapping.byName.has(name as string) ? mapping.byName.get(name as string) : new JavaEnum(mapping.className, String(name));
  return { read: reading((values) => of(values[at])) };
}

// ---------------------------------------------------------------------------------------------- registered classes

type Coerce = (value: any) => unknown;

/** Where one received value goes. */
interface Target {
  readonly property: string;
  /** Its position among the fields; negative when the sender does not know the field. */
  readonly index: number;
  readonly coerce: Coerce | undefined;
  /** What Java has in a field that nobody set. */
  readonly absent: unknown;
}

/** A field that the sender does not know has Java's default; one that this side does not know is dropped, as in Java. */
function targetsOf(mapping: BeanMapping, fields: readonly string[]): Target[] {
  return mapping.fields.map((field: FieldMapping) => ({
    property: field.property,
    index: fields.lastIndexOf(field.wire),
    coerce: coercer(field.type),
    absent: defaultOf(field.type),
  }));
}

function defaultOf(type: JavaType): unknown {
  if (!isPrimitive(type)) return null;
  if (type.name === 'boolean') return false;
  if (type.name === 'char') return '\0';
  return type.name === 'long' ? 0n : 0;
}

function beanFactory(mapping: BeanMapping, fields: readonly string[]): Factory {
  const targets = targetsOf(mapping, fields);
  const prototype = mapping.ctor.prototype as object;
  const blank = (): object => Object.create(prototype) as object;
  const fill = (target: object, values: unknown[]): void => setTargets(target, targets, values);
  const fast = generate(targets, prototype, fields.length);
  return fast === undefined ? fromBlank(blank, fill) : { read: fast, blank, fill };
}

function setTargets(object: object, targets: readonly Target[], values: readonly unknown[]): void {
  for (const target of targets) {
    const value = valueOf(target, values);
    // Definition, not assignment: a setter of the class must not run.
    Object.defineProperty(object, target.property, { value, enumerable: true, writable: true, configurable: true });
  }
}

function valueOf({ index, coerce, absent }: Target, values: readonly unknown[]): unknown {
  if (index < 0) return absent;
  return coerce === undefined ? values[index] : coerce(values[index]);
}

/** Values that generated code may hold at once: objects nest, and each level takes as much of the stack. */
const MAX_VARIABLES = 64;

/**
 * A function that makes instances with one hidden class: several times faster than defining properties one by one.
 * Its source is built from names that the program registered, never from names that a peer sent. Absent when the
 * class has accessors of these names, or the process forbids code generation.
 */
function generate(targets: readonly Target[], prototype: object, count: number): Factory['read'] | undefined {
  if (count > MAX_VARIABLES || targets.some(({ property }) => property in prototype)) return undefined;
  const values = Array.from({ length: count }, (_, index) => `const v${index} = next();`);
  const lines = targets.map(({ property, index, coerce }, n) => {
    const received = coerce === undefined ? `v${index}` : `coerce[${n}](v${index})`;
    const value = index < 0 ? `absent[${n}]` : received;
    return `this[${JSON.stringify(property)}] = ${value};`;
  });
  const source = `function Shape(next) { ${values.join(' ')} ${lines.join(' ')} }
    Shape.prototype = prototype;
    return (next) => new Shape(next);`;
  try {
    const build = new Function('prototype', 'coerce', 'absent', source);
    return build(prototype, targets.map(({ coerce }) => coerce), targets.map(({ absent }) => absent)) as Factory['read'];
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- exceptions

const THROWABLE_FIELDS = new Set(['detailMessage', 'stackTrace', 'cause', 'suppressedExceptions']);

function throwableFactory(className: string, fields: readonly string[], mapping: BeanMapping | undefined): Factory {
  const ctor: AnyClass = mapping?.ctor ?? RemoteError;
  const targets = mapping === undefined ? [] : targetsOf(mapping, fields);
  const isRemote = ctor === RemoteError || ctor.prototype instanceof RemoteError;
  const fill = (error: Error, values: unknown[]): void => {
    const record = recordOf(fields, values);
    const message = typeof record.detailMessage === 'string' ? record.detailMessage : null;
    define(error, 'message', isRemote ? (message === null ? className : `${className}: ${message}`) : (message ?? ''));
    // Java says "no cause" by naming the exception itself.
    if (record.cause instanceof Error && record.cause !== error) define(error, 'cause', record.cause);
    const frames = Array.isArray(record.stackTrace) ? Array.from<StackFrame>(record.stackTrace) : [];
    if (isRemote) fillRemote(error as RemoteError, className, message, frames, extraFields(record));
    setTargets(error, targets, values);
  };
  return fromBlank(() => blankError(ctor), fill);
}

/** A true error object of the class, made without running the constructor of the class. */
function blankError(ctor: AnyClass): Error {
  const error = Reflect.construct(Error, [], ctor) as Error;
  if (ctor === RemoteError || ctor.prototype instanceof RemoteError) {
    Object.assign(error, { code: 'RemoteException', errno: 200, context: Object.freeze({}) });
  }
  return error;
}

function fillRemote(
  error: RemoteError,
  javaClass: string,
  javaMessage: string | null,
  javaStack: readonly StackFrame[],
  fields: Record<string, unknown>,
): void {
  Object.assign(error, { javaClass, javaMessage, javaStack, fields });
}

function extraFields(record: Record<string, unknown>): Record<string, unknown> {
  const extra: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(record)) if (!THROWABLE_FIELDS.has(name)) extra[name] = record[name];
  return extra;
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

// ---------------------------------------------------------------------------------------------- declared types

const toNumber: Coerce = (value) =>
  typeof value === 'bigint' && value === BigInt(Number(value)) ? Number(value) : value;
const toLong: Coerce = (value) => (typeof value === 'number' && (flags & LONGS_MASK) === 0 ? BigInt(value) : value);
const toSet: Coerce = (value) => (Array.isArray(value) ? new Set(value) : value);
const toArray: Coerce = (value) => (value instanceof Set ? [...value] : value);

const COERCE = new Map<string, Coerce>();
for (const name of ['byte', 'short', 'int', 'float', 'double']) COERCE.set(name, toNumber);
for (const name of ['Byte', 'Short', 'Integer', 'Float', 'Double']) COERCE.set(`java.lang.${name}`, toNumber);
for (const name of ['long', 'java.lang.Long']) COERCE.set(name, toLong);
for (const name of ['Set', 'HashSet', 'LinkedHashSet', 'SortedSet', 'TreeSet']) COERCE.set(`java.util.${name}`, toSet);
for (const name of ['List', 'ArrayList', 'LinkedList']) COERCE.set(`java.util.${name}`, toArray);
for (const [name, ctor] of [
  ['java.sql.Timestamp', SqlTimestamp],
  ['java.sql.Date', SqlDate],
  ['java.sql.Time', SqlTime],
] as const) {
  COERCE.set(name, (value) => (value instanceof Date && !(value instanceof ctor) ? new ctor(value.getTime()) : value));
}

/**
 * What turns a received value into the declared type where peers may differ in the form they send: an `int` for a
 * `long`, a list for a set. Undefined when the value can stay as it is.
 */
export function coercer(type: JavaType): Coerce | undefined {
  if (type === OBJECT) return undefined;
  if (type.dims > 0) return each(coercer({ ...type, dims: type.dims - 1 }));
  const own = COERCE.get(type.name);
  const inner = type.args.length === 1 ? each(coercer(type.args[0] as JavaType)) : undefined;
  if (own !== undefined && inner !== undefined) return (value) => own(inner(value));
  if (own !== undefined || inner !== undefined) return own ?? inner;
  // The class may be registered later.
  return (value) => (typeof value === 'string' ? constant(type.name, value) : value);
}

function each(item: Coerce | undefined): Coerce | undefined {
  if (item === undefined) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    for (let i = 0; i < value.length; i += 1) value[i] = item(value[i]);
    return value;
  };
}

/** Some peers send an enum as its name. */
function constant(className: string, name: string): unknown {
  const mapping = registry.byJava(className);
  return mapping?.kind === 'enum' && mapping.byName.has(name) ? mapping.byName.get(name) : name;
}
