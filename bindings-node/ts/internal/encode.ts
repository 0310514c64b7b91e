/**
 * From JavaScript values to instructions for the Hessian writer, by what the values are. `declared.ts` does the same led
 * by Java types, `beans.ts` for registered classes and exceptions.
 *
 * Nothing is converted silently: a value that does not fit raises a `ValueError` that names its place.
 */

import { ValueError, located } from '../errors';
import { parseJavaType } from '../javatype';
import { registry } from '../registry';
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
import { writeBean, writeThrowable } from './beans';
import { component, elementEncoder, writeArray } from './declared';
import { type Known, knownByPrototype, magnitude } from './known';
import { defineClass } from './native';
import type { Tape } from './tape';

/** Writes one value. */
export type Encoder = (tape: Tape, value: unknown) => void;

/** Short description of a value for messages; never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const name: unknown = value instanceof JavaObject ? value.$class : Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name.slice(0, 128) : 'object';
}

export function mismatch(type: string, value: unknown): ValueError {
  return new ValueError(`expected ${type}, got ${kindOf(value)}`);
}

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

export function writeBigInteger(tape: Tape, value: bigint): void {
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
  throw new ValueError(`${kindOf(value)} has no Java form: register the class with registerClass(), or send a JavaObject`);
}


export interface Elements extends Iterable<unknown> {
  readonly length: number;
}

export function writeList(tape: Tape, list: Elements, type: string | null, element: Encoder): void {
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

export function writeTypedList(tape: Tape, list: TypedList): void {
  const type = parseJavaType(list.javaType);
  if (type.dims > 0) return writeArray(tape, list, component(type), elementEncoder(component(type)));
  writeList(tape, list, type.name === 'java.util.ArrayList' ? null : type.name, writeAny);
}

export function writeSet(tape: Tape, set: ReadonlySet<unknown>, type: string | null, element: Encoder): void {
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

export function writeMap(
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
export function writePlainObject(tape: Tape, object: Record<string, unknown>, type: string | null, value: Encoder): void {
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

export function writeKnown(tape: Tape, known: Known, value: object): void {
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

export function writeFields(names: readonly string[], write: (name: string) => void): void {
  let at = '';
  try {
    for (at of names) write(at);
  } catch (error) {
    throw located(error, `.${at.slice(0, 64)}`);
  }
}

export function writeEnum(tape: Tape, className: string, name: string, identity?: unknown): void {
  if (typeof identity === 'object' && identity !== null && tape.seen(identity)) return;
  tape.newObject(className, ['name']);
  tape.string(name);
  tape.end();
}

const classNumbers = new WeakMap<object, number>();

/** The native module's number of a class definition, by any object that stands for the class. */
export function classNumber(owner: object, className: string, fields: readonly string[]): number {
  let number = classNumbers.get(owner);
  if (number === undefined) {
    number = defineClass(className, fields);
    classNumbers.set(owner, number);
  }
  return number;
}
