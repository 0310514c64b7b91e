/**
 * From JavaScript values to instructions for the Hessian writer, led by declared Java types.
 *
 * A declared type is compiled once into a function; where nothing is declared, {@link writeAny} goes by the value.
 * Nothing is converted silently: a value that does not fit raises a `ValueError` that names its place.
 */

import { RemoteError, ValueError, ValueRangeError, located } from '../errors';
import { type JavaType, OBJECT, arrayTypeName, erasedName, parseJavaType } from '../javatype';
import { type BeanMapping, type EnumMapping, type FieldMapping, registry } from '../registry';
import {
  BigInteger,
  Byte,
  Double,
  Float,
  Int,
  JavaEnum,
  JavaObject,
  Long,
  Short,
  TypedList,
  TypedMap,
  TypedSet,
} from '../types';
import { type Known, knownByJava, knownByPrototype, magnitude } from './known';
import { defineClass } from './native';
import type { Tape } from './tape';

/** Writes one value. */
export type Encoder = (tape: Tape, value: unknown) => void;

const INT_MIN = -0x8000_0000;
const INT_MAX = 0x7fff_ffff;

/** Short description of a value for messages; never its content. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const name: unknown = value instanceof JavaObject ? value.$class : Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name.slice(0, 128) : 'object';
}

function mismatch(type: string, value: unknown): ValueError {
  return new ValueError(`expected ${type}, found ${kindOf(value)}`);
}

// ---------------------------------------------------------------------------------------------- untyped values

/** Writes a value by what it is. */
export function writeAny(tape: Tape, value: unknown): void {
  switch (typeof value) {
    case 'string':
      return tape.string(value);
    case 'number':
      return writeNumber(tape, value);
    case 'boolean':
      return tape.bool(value);
    case 'bigint':
      return writeBigInt(tape, value);
    case 'undefined':
      return tape.null();
    case 'object':
      return value === null ? tape.null() : writeObject(tape, value);
    default:
      return writeConstant(tape, value);
  }
}

function writeNumber(tape: Tape, value: number): void {
  // -0 is a double: the int would lose its sign.
  if ((value | 0) === value && !Object.is(value, -0)) tape.int(value);
  else if (Number.isSafeInteger(value) && value !== 0) tape.longOf(value);
  else tape.double(value);
}

function writeBigInt(tape: Tape, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) tape.long(value);
  else writeBigInteger(tape, value);
}

function writeBigInteger(tape: Tape, value: bigint): void {
  const words = magnitude(value);
  tape.newObject('java.math.BigInteger', ['signum', 'mag']);
  tape.int(value > 0n ? 1 : value < 0n ? -1 : 0);
  tape.list('[int', words.length);
  for (const word of words) tape.int(word);
  tape.end();
  tape.end();
}

/** A symbol may be a registered enum constant. */
function writeConstant(tape: Tape, value: unknown): void {
  const mapping = typeof value === 'symbol' ? registry.byConstant(value) : undefined;
  if (mapping === undefined) throw new ValueError(`a ${typeof value} cannot be sent`);
  writeEnum(tape, mapping.className, mapping.nameOf.get(value) as string);
}

const BY_PROTOTYPE = new Map<object, Encoder>([
  [Object.prototype, (tape, value) => writePlainObject(tape, value as Record<string, unknown>, null, writeAny)],
  [Array.prototype, (tape, value) => writeList(tape, value as unknown[], null, writeAny)],
  [Map.prototype, (tape, value) => writeMap(tape, value as Map<unknown, unknown>, null, writeAny, writeAny)],
  [Set.prototype, (tape, value) => writeSet(tape, value as Set<unknown>, 'java.util.HashSet', writeAny)],
  [Date.prototype, (tape, value) => tape.date((value as Date).getTime())],
  [Uint8Array.prototype, (tape, value) => tape.binary(value as Uint8Array)],
  [Buffer.prototype, (tape, value) => tape.binary(value as Uint8Array)],
  [ArrayBuffer.prototype, (tape, value) => tape.binary(new Uint8Array(value as ArrayBuffer))],
  [Int16Array.prototype, (tape, value) => writeList(tape, value as Int16Array, '[short', intElement)],
  [Int32Array.prototype, (tape, value) => writeList(tape, value as Int32Array, '[int', intElement)],
  [BigInt64Array.prototype, (tape, value) => writeList(tape, value as BigInt64Array, '[long', longElement)],
  [Float32Array.prototype, (tape, value) => writeList(tape, value as Float32Array, '[float', doubleElement)],
  [Float64Array.prototype, (tape, value) => writeList(tape, value as Float64Array, '[double', doubleElement)],
  [Byte.prototype, (tape, value) => tape.int((value as Byte).value)],
  [Short.prototype, (tape, value) => tape.int((value as Short).value)],
  [Int.prototype, (tape, value) => tape.int((value as Int).value)],
  [Long.prototype, (tape, value) => tape.long((value as Long).value)],
  [Float.prototype, (tape, value) => tape.float((value as Float).value)],
  [Double.prototype, (tape, value) => tape.double((value as Double).value)],
  [BigInteger.prototype, (tape, value) => writeBigInteger(tape, (value as BigInteger).value)],
  [JavaEnum.prototype, (tape, value) => writeEnum(tape, (value as JavaEnum).$class, (value as JavaEnum).name, value)],
  [JavaObject.prototype, (tape, value) => writeJavaObject(tape, value as JavaObject)],
]);

const intElement: Encoder = (tape, value) => tape.int(value as number);
const longElement: Encoder = (tape, value) => tape.long(value as bigint);
const doubleElement: Encoder = (tape, value) => tape.double(value as number);

function writeObject(tape: Tape, value: object): void {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return writePlainObject(tape, value as Record<string, unknown>, null, writeAny);
  const direct = BY_PROTOTYPE.get(prototype);
  if (direct !== undefined) return direct(tape, value);
  const known = knownByPrototype.get(prototype);
  if (known !== undefined) return writeKnown(tape, known, value);
  if (value instanceof TypedList) return writeTypedList(tape, value);
  if (value instanceof TypedMap) return writeMap(tape, value, value.javaType, writeAny, writeAny);
  if (value instanceof TypedSet) return writeSet(tape, value, value.javaType, writeAny);
  writeMapped(tape, value);
}

/** Registered constants and classes, then subclasses of what is known. */
function writeMapped(tape: Tape, value: object): void {
  const constants = registry.byConstant(value);
  if (constants !== undefined) return writeEnum(tape, constants.className, constants.nameOf.get(value) as string, value);
  const bean = registry.byInstance(value);
  if (bean !== undefined) return writeBean(tape, bean, value as Record<string, unknown>);
  if (value instanceof Error) return writeThrowable(tape, value);
  let prototype: object | null = Object.getPrototypeOf(value);
  while ((prototype = Object.getPrototypeOf(prototype)) !== null && prototype !== Object.prototype) {
    const base = BY_PROTOTYPE.get(prototype);
    if (base !== undefined) return base(tape, value);
  }
  throw new ValueError(`the class ${kindOf(value)} is not registered for a Java class: use registerClass()`);
}

// ---------------------------------------------------------------------------------------------- containers

interface Elements extends Iterable<unknown> {
  readonly length: number;
}

function writeList(tape: Tape, list: Elements, type: string | null, element: Encoder): void {
  if (tape.seen(list)) return;
  tape.list(type, list.length);
  let index = 0;
  try {
    for (const item of list) {
      // A list that grows while it is read would break the count that was announced.
      if (index === list.length) break;
      element(tape, item);
      index += 1;
    }
  } catch (error) {
    throw located(error, `[${index}]`);
  }
  tape.end();
}

function writeTypedList(tape: Tape, list: TypedList): void {
  const type = parseJavaType(list.javaType);
  if (type.dims > 0) return writeArray(tape, list, component(type), elementEncoder(component(type)));
  writeList(tape, list, type.name === 'java.util.ArrayList' ? null : type.name, writeAny);
}

function writeSet(tape: Tape, set: ReadonlySet<unknown>, type: string | null, element: Encoder): void {
  if (tape.seen(set)) return;
  const items = [...set];
  tape.list(type, items.length);
  try {
    for (const item of items) element(tape, item);
  } catch (error) {
    throw located(error, '{}');
  }
  tape.end();
}

function writeMap(
  tape: Tape,
  map: ReadonlyMap<unknown, unknown>,
  type: string | null,
  key: Encoder,
  value: Encoder,
): void {
  if (tape.seen(map)) return;
  tape.map(type);
  let at: unknown;
  try {
    for (const [k, v] of map) {
      at = k;
      key(tape, k);
      value(tape, v);
    }
  } catch (error) {
    throw located(error, `[${place(at)}]`);
  }
  tape.mapEnd();
}

/** A key as part of a place: text is shortened, anything else is named by its kind. */
function place(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.slice(0, 64));
  return typeof key === 'number' || typeof key === 'bigint' ? String(key) : kindOf(key);
}

/** A plain object is a map with text keys; properties that are undefined are absent, as in JSON. */
function writePlainObject(tape: Tape, object: Record<string, unknown>, type: string | null, value: Encoder): void {
  if (tape.seen(object)) return;
  tape.map(type);
  let at = '';
  try {
    for (at of Object.keys(object)) {
      const item = object[at];
      if (item === undefined) continue;
      tape.string(at);
      value(tape, item);
    }
  } catch (error) {
    throw located(error, `.${at.slice(0, 64)}`);
  }
  tape.mapEnd();
}

function writeKnown(tape: Tape, known: Known, value: object): void {
  if (tape.seen(value)) return;
  tape.object(classNumber(known, known.wire, known.fields));
  for (const field of known.split(value)) writeAny(tape, field);
  tape.end();
}

function writeJavaObject(tape: Tape, value: JavaObject): void {
  if (tape.seen(value)) return;
  const names = Object.keys(value).filter((name) => name !== '$class');
  tape.newObject(value.$class, names);
  writeFields(names, (name) => writeAny(tape, value[name]));
  tape.end();
}

function writeFields(names: readonly string[], write: (name: string) => void): void {
  let at = '';
  try {
    for (at of names) write(at);
  } catch (error) {
    throw located(error, `.${at.slice(0, 64)}`);
  }
}

function writeEnum(tape: Tape, className: string, name: string, identity?: unknown): void {
  if (typeof identity === 'object' && identity !== null && tape.seen(identity)) return;
  tape.newObject(className, ['name']);
  tape.string(name);
  tape.end();
}

const classNumbers = new WeakMap<object, number>();

/** The native module's number of a class definition, by any object that stands for the class. */
function classNumber(owner: object, className: string, fields: readonly string[]): number {
  let number = classNumbers.get(owner);
  if (number === undefined) {
    number = defineClass(className, fields);
    classNumbers.set(owner, number);
  }
  return number;
}

// ---------------------------------------------------------------------------------------------- registered classes

interface FieldEncoder extends FieldMapping {
  readonly encode: Encoder;
}

interface BeanPlan {
  readonly number: number;
  readonly fields: readonly FieldEncoder[];
}

const plans = new WeakMap<BeanMapping, BeanPlan>();

function planOf(mapping: BeanMapping): BeanPlan {
  let plan = plans.get(mapping);
  if (plan === undefined) {
    const fields = mapping.fields.map((field) => ({ ...field, encode: fieldEncoder(field.type) }));
    plan = { number: classNumber(mapping, mapping.className, fields.map((field) => field.wire)), fields };
    plans.set(mapping, plan);
  }
  return plan;
}

function writeBean(tape: Tape, mapping: BeanMapping, value: Record<string, unknown>): void {
  if (mapping.kind === 'exception') return writeThrowable(tape, value as unknown as Error, mapping);
  if (tape.seen(value)) return;
  const plan = planOf(mapping);
  tape.object(plan.number);
  writeBeanFields(tape, plan, value);
  tape.end();
}

function writeBeanFields(tape: Tape, plan: BeanPlan, value: Record<string, unknown>): void {
  let at: FieldEncoder | undefined;
  try {
    for (at of plan.fields) at.encode(tape, value[at.property]);
  } catch (error) {
    throw located(error, `.${at?.property}`);
  }
}

// ---------------------------------------------------------------------------------------------- exceptions

const THROWABLE_FIELDS = ['suppressedExceptions', 'stackTrace', 'cause', 'detailMessage'];
const FRAME_FIELDS = ['lineNumber', 'fileName', 'methodName', 'declaringClass'];
const FRAME_CLASS = 'java.lang.StackTraceElement';

/** Writes any error as a Java exception: a registered class as its own, others as `java.lang.RuntimeException`. */
export function writeThrowable(tape: Tape, error: Error, mapping = registry.byInstance(error)): void {
  if (tape.seen(error)) return;
  const plan = mapping === undefined ? undefined : exceptionFields(mapping);
  const remote = error instanceof RemoteError ? error : undefined;
  const extra = plan === undefined ? Object.keys(remote?.fields ?? {}) : [];
  const className = mapping?.className ?? remote?.javaClass ?? 'java.lang.RuntimeException';
  tape.newObject(className, [...THROWABLE_FIELDS, ...(plan?.map((field) => field.wire) ?? extra)]);
  tape.list('java.util.Collections$EmptyList', 0);
  tape.end();
  writeFrames(tape, remote);
  // Java says "no cause" by naming the exception itself.
  if (error.cause instanceof Error) writeThrowable(tape, error.cause);
  else tape.seen(error);
  writeMessage(tape, error, mapping, remote);
  writeFields(extra, (name) => writeAny(tape, remote?.fields[name]));
  for (const field of plan ?? []) field.encode(tape, (error as unknown as Record<string, unknown>)[field.property]);
  tape.end();
}

const exceptionPlans = new WeakMap<BeanMapping, readonly FieldEncoder[]>();

function exceptionFields(mapping: BeanMapping): readonly FieldEncoder[] {
  let fields = exceptionPlans.get(mapping);
  if (fields === undefined) {
    fields = mapping.fields.map((field) => ({ ...field, encode: fieldEncoder(field.type) }));
    exceptionPlans.set(mapping, fields);
  }
  return fields;
}

function writeFrames(tape: Tape, remote: RemoteError | undefined): void {
  const frames = remote?.javaStack ?? [];
  tape.list(`[${FRAME_CLASS}`, frames.length);
  for (const frame of frames) {
    tape.newObject(FRAME_CLASS, FRAME_FIELDS);
    tape.int(frame.lineNumber);
    writeAny(tape, frame.fileName);
    tape.string(frame.methodName);
    tape.string(frame.declaringClass);
    tape.end();
  }
  tape.end();
}

function writeMessage(tape: Tape, error: Error, mapping: BeanMapping | undefined, remote: RemoteError | undefined): void {
  if (remote !== undefined) writeAny(tape, remote.javaMessage);
  else if (mapping !== undefined) tape.string(error.message);
  // An exception without a Java class keeps at least the name of its own.
  else tape.string(error.message === '' ? error.name : `${error.name}: ${error.message}`);
}

// ---------------------------------------------------------------------------------------------- declared types

const compiled = new Map<string, Encoder>();

// What a type compiles to depends on what is registered.
registry.onChange(() => compiled.clear());

/** The encoder of a declared parameter or result. */
export function argumentEncoder(type: JavaType): Encoder {
  return cached(type);
}

/** The encoder of a type argument. */
function elementEncoder(type: JavaType): Encoder {
  return type.dims === 0 && type.name === 'float' ? floatWidened : cached(type);
}

/** The encoder of a declared field: Java widens a `float` field and writes `java.sql` fields as dates. */
function fieldEncoder(type: JavaType): Encoder {
  if (type.dims === 0 && type.name === 'float') return floatWidened;
  if (type.dims === 0 && type.name.startsWith('java.sql.')) return dateField(type);
  return lateBound(type);
}

/** Classes may name each other, and may be registered later: the encoder is looked up when it is first needed. */
function lateBound(type: JavaType): Encoder {
  return (tape, value) => cached(type)(tape, value);
}

function cached(type: JavaType): Encoder {
  if (type === OBJECT) return writeAny;
  const key = keyOf(type);
  let encoder = compiled.get(key);
  if (encoder === undefined) {
    encoder = compile(type);
    compiled.set(key, encoder);
  }
  return encoder;
}

const keys = new WeakMap<JavaType, string>();

function keyOf(type: JavaType): string {
  let key = keys.get(type);
  if (key === undefined) {
    const args = type.args.length === 0 ? '' : `<${type.args.map(keyOf).join(',')}>`;
    key = type.name + args + '[]'.repeat(type.dims);
    keys.set(type, key);
  }
  return key;
}

function component(type: JavaType): JavaType {
  return { ...type, dims: type.dims - 1 };
}

const ANYTHING = new Set([
  'java.lang.Object',
  'java.io.Serializable',
  'java.lang.Comparable',
  'java.lang.Number',
  'java.lang.CharSequence',
]);

function compile(type: JavaType): Encoder {
  if (type.dims > 0) return compileArray(type);
  const scalar = SCALARS.get(type.name);
  if (scalar !== undefined) return scalar;
  if (ANYTHING.has(type.name)) return writeAny;
  const known = knownByJava.get(type.name);
  if (known !== undefined) return compileKnown(known);
  const list = LISTS.get(type.name);
  if (list !== undefined) return compileCollection(type, list);
  const map = MAPS.get(type.name);
  if (map !== undefined) return compileMap(type, map);
  if (type.name === 'void') return (tape) => tape.null();
  return compileClass(type);
}

/** Adds null to what a reference type takes. */
function nullable(encode: Encoder): Encoder {
  return (tape, value) => {
    if (value === null || value === undefined) tape.null();
    else encode(tape, value);
  };
}

function integerEncoder(type: string, min: number, max: number): Encoder {
  return (tape, value) => {
    const plain = value instanceof Byte || value instanceof Short || value instanceof Int ? value.value : value;
    const number = typeof plain === 'bigint' ? Number(plain) : plain;
    if (typeof number !== 'number') throw mismatch(type, value);
    if (!Number.isInteger(number)) throw new ValueRangeError(`${number} is not an integer, which ${type} needs`);
    if (number < min || number > max) throw new ValueRangeError(`value ${number} out of range for ${type}`);
    tape.int(number);
  };
}

const longEncoder: Encoder = (tape, value) => {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) {
      throw new ValueRangeError(`${value} is not a safe integer, which long needs: give a bigint`);
    }
    return tape.longOf(value);
  }
  const plain = value instanceof Long ? value.value : value;
  if (typeof plain !== 'bigint') throw mismatch('long', value);
  if (BigInt.asIntN(64, plain) !== plain) throw new ValueRangeError(`value ${plain} out of range for long`);
  tape.long(plain);
};

function numberOf(type: string, value: unknown): number {
  const plain = value instanceof Float || value instanceof Double ? value.value : value;
  if (typeof plain !== 'number') throw mismatch(type, value);
  return plain;
}

function single(value: unknown): number {
  const number = numberOf('float', value);
  const rounded = Math.fround(number);
  if (!Number.isFinite(rounded) && Number.isFinite(number)) {
    throw new ValueRangeError(`value ${number} out of range for float`);
  }
  return rounded;
}

const floatWidened: Encoder = (tape, value) => tape.double(single(value));

const charEncoder: Encoder = (tape, value) => {
  if (typeof value !== 'string') throw mismatch('char', value);
  if (value.length !== 1) throw new ValueRangeError(`a char is one UTF-16 unit, found ${value.length}`);
  tape.string(value);
};

const stringEncoder: Encoder = (tape, value) => {
  if (typeof value !== 'string') throw mismatch('java.lang.String', value);
  tape.string(value);
};

const booleanEncoder: Encoder = (tape, value) => {
  if (typeof value !== 'boolean') throw mismatch('boolean', value);
  tape.bool(value);
};

const dateEncoder: Encoder = (tape, value) => {
  if (!(value instanceof Date)) throw mismatch('java.util.Date', value);
  tape.date(value.getTime());
};

const bigIntegerEncoder: Encoder = (tape, value) => {
  const plain = value instanceof BigInteger || value instanceof Long ? value.value : value;
  if (typeof plain === 'bigint') return writeBigInteger(tape, plain);
  if (typeof plain !== 'number' || !Number.isSafeInteger(plain)) throw mismatch('java.math.BigInteger', value);
  writeBigInteger(tape, BigInt(plain));
};

function dateField(type: JavaType): Encoder {
  return nullable((tape, value) => {
    if (!(value instanceof Date)) throw mismatch(type.name, value);
    tape.date(value.getTime());
  });
}

const SCALARS = new Map<string, Encoder>();
for (const [primitive, box, encode] of [
  ['boolean', 'java.lang.Boolean', booleanEncoder],
  ['byte', 'java.lang.Byte', integerEncoder('byte', -0x80, 0x7f)],
  ['short', 'java.lang.Short', integerEncoder('short', -0x8000, 0x7fff)],
  ['int', 'java.lang.Integer', integerEncoder('int', INT_MIN, INT_MAX)],
  ['long', 'java.lang.Long', longEncoder],
  ['float', 'java.lang.Float', (tape, value) => tape.float(single(value))],
  ['double', 'java.lang.Double', (tape, value) => tape.double(numberOf('double', value))],
  ['char', 'java.lang.Character', charEncoder],
] as [string, string, Encoder][]) {
  SCALARS.set(primitive, encode);
  SCALARS.set(box, nullable(encode));
}
SCALARS.set('java.lang.String', nullable(stringEncoder));
SCALARS.set('java.util.Date', nullable(dateEncoder));
SCALARS.set('java.math.BigInteger', nullable(bigIntegerEncoder));

function compileKnown(known: Known): Encoder {
  return nullable((tape, value) => {
    const made = value instanceof known.ctor ? value : known.from?.(value);
    if (made === undefined) throw mismatch(known.java, value);
    writeKnown(tape, known, made);
  });
}

// ---------------------------------------------------------------------------------------------- arrays, collections

function compileArray(type: JavaType): Encoder {
  const of = component(type);
  if (of.dims === 0 && of.name === 'byte') return nullable(writeBytes);
  if (of.dims === 0 && of.name === 'char') return nullable(stringEncoder);
  const element = elementEncoder(of);
  return nullable((tape, value) => writeArray(tape, value, of, element));
}

function writeArray(tape: Tape, value: unknown, of: JavaType, element: Encoder): void {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && 'length' in value)) {
    throw mismatch(`${erasedName(of)}[]`, value);
  }
  writeList(tape, value as unknown as Elements, arrayTypeName(of), element);
}

function writeBytes(tape: Tape, value: unknown): void {
  if (value instanceof Uint8Array) return tape.binary(value);
  if (value instanceof Int8Array) return tape.binary(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof ArrayBuffer) return tape.binary(new Uint8Array(value));
  throw mismatch('byte[]', value);
}

/** What Java would most naturally hold in a variable of the declared type; null is an untyped list. */
const LISTS = new Map<string, string | null>([
  ['java.lang.Iterable', null],
  ['java.util.Collection', null],
  ['java.util.List', null],
  ['java.util.ArrayList', null],
  ['java.util.AbstractList', null],
  ['java.util.Queue', 'java.util.LinkedList'],
  ['java.util.Deque', 'java.util.LinkedList'],
  ['java.util.Set', 'java.util.HashSet'],
  ['java.util.SortedSet', 'java.util.TreeSet'],
  ['java.util.NavigableSet', 'java.util.TreeSet'],
]);
for (const name of ['LinkedList', 'HashSet', 'LinkedHashSet', 'TreeSet', 'Vector', 'Stack', 'ArrayDeque', 'PriorityQueue']) {
  LISTS.set(`java.util.${name}`, `java.util.${name}`);
}
for (const name of ['CopyOnWriteArrayList', 'CopyOnWriteArraySet', 'ConcurrentLinkedQueue', 'ConcurrentSkipListSet']) {
  LISTS.set(`java.util.concurrent.${name}`, `java.util.concurrent.${name}`);
}

const MAPS = new Map<string, string | null>([
  ['java.util.Map', null],
  ['java.util.HashMap', null],
  ['java.util.AbstractMap', null],
  ['java.util.SortedMap', 'java.util.TreeMap'],
  ['java.util.NavigableMap', 'java.util.TreeMap'],
  ['java.util.concurrent.ConcurrentMap', 'java.util.concurrent.ConcurrentHashMap'],
  ['java.util.concurrent.ConcurrentHashMap', 'java.util.concurrent.ConcurrentHashMap'],
]);
for (const name of ['LinkedHashMap', 'TreeMap', 'Hashtable', 'Properties', 'IdentityHashMap']) {
  MAPS.set(`java.util.${name}`, `java.util.${name}`);
}

function compileCollection(type: JavaType, wireType: string | null): Encoder {
  const element = elementEncoder(type.args[0] ?? OBJECT);
  return nullable((tape, value) => {
    if (value instanceof TypedSet) return writeSet(tape, value, value.javaType, element);
    if (value instanceof Set) return writeSet(tape, value, wireType, element);
    if (!Array.isArray(value)) throw mismatch(type.name, value);
    const stated = value instanceof TypedList ? value.javaType : wireType;
    if (stated?.endsWith(']') === true) return writeTypedList(tape, value as TypedList);
    writeList(tape, value, stated === 'java.util.ArrayList' ? null : stated, element);
  });
}

function compileMap(type: JavaType, wireType: string | null): Encoder {
  const key = elementEncoder(type.args[0] ?? OBJECT);
  const item = elementEncoder(type.args[1] ?? OBJECT);
  const textKeys = key === writeAny || type.args[0]?.name === 'java.lang.String';
  return nullable((tape, value) => {
    if (value instanceof Map) {
      return writeMap(tape, value, value instanceof TypedMap ? value.javaType : wireType, key, item);
    }
    if (!isPlain(value)) throw mismatch(type.name, value);
    if (!textKeys) throw new ValueError(`expected a Map with keys of ${type.args[0]?.name}: an object has text keys only`);
    writePlainObject(tape, value, wireType, item);
  });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

// ---------------------------------------------------------------------------------------------- classes

function compileClass(type: JavaType): Encoder {
  const mapping = registry.byJava(type.name);
  if (mapping?.kind === 'enum') return nullable(enumEncoder(mapping));
  return nullable((tape, value) => {
    if (mapping !== undefined && isPlain(value)) return writeBean(tape, mapping, value);
    if (typeof value === 'object' && isPlain(value)) return writePlainAs(tape, type.name, value);
    if (typeof value === 'object' || typeof value === 'symbol') return writeAny(tape, value);
    throw mismatch(type.name, value);
  });
}

/** A plain object where a class without a mapping is declared: an object of that class with these fields. */
function writePlainAs(tape: Tape, className: string, value: Record<string, unknown>): void {
  if (tape.seen(value)) return;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  tape.newObject(className, names);
  writeFields(names, (name) => writeAny(tape, value[name]));
  tape.end();
}

function enumEncoder(mapping: EnumMapping): Encoder {
  return (tape, value) => {
    if (value instanceof JavaEnum || value instanceof JavaObject) return writeAny(tape, value);
    let name = mapping.nameOf.get(value);
    if (name === undefined && typeof value === 'string' && mapping.byName.has(value)) name = value;
    if (name === undefined) throw new ValueError(`${kindOf(value)} is not a constant of ${mapping.className}`);
    writeEnum(tape, mapping.className, name);
  };
}
