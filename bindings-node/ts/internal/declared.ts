/**
 * What declared Java types make of JavaScript values. A type is compiled once into a function; the type decides, the value
 * only breaks ties.
 */

import { ValueError, ValueRangeError } from '../errors';
import { type JavaType, OBJECT, arrayTypeName, erasedName } from '../javatype';
import { type EnumMapping, registry } from '../registry';
import { BigInteger, Byte, Double, Float, Int, JavaEnum, JavaObject, Long, Short, TypedList, TypedMap, TypedSet } from '../types';
import { writeBean } from './beans';
import {
  type Elements,
  type Encoder,
  kindOf,
  mismatch,
  writeAny,
  writeBigInteger,
  writeEnum,
  writeFields,
  writeKnown,
  writeList,
  writeMap,
  writePlainObject,
  writeSet,
  writeTypedList,
} from './encode';
import { type Known, knownByJava } from './known';
import type { Tape } from './tape';

const INT_MIN = -0x8000_0000;
const INT_MAX = 0x7fff_ffff;

const compiled = new Map<string, Encoder>();

// What a type compiles to depends on what is registered.
registry.onChange(() => compiled.clear());

/** The encoder of a declared parameter or result. */
export function argumentEncoder(type: JavaType): Encoder {
  return cached(type);
}

/** The encoder of a type argument. */
export function elementEncoder(type: JavaType): Encoder {
  return type.dims === 0 && type.name === 'float' ? floatWidened : cached(type);
}

/** The encoder of a declared field: Java widens a `float` field and writes `java.sql` fields as dates. */
export function fieldEncoder(type: JavaType): Encoder {
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

export function component(type: JavaType): JavaType {
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


function compileArray(type: JavaType): Encoder {
  const of = component(type);
  if (of.dims === 0 && of.name === 'byte') return nullable(writeBytes);
  if (of.dims === 0 && of.name === 'char') return nullable(stringEncoder);
  const element = elementEncoder(of);
  return nullable((tape, value) => writeArray(tape, value, of, element));
}

export function writeArray(tape: Tape, value: unknown, of: JavaType, element: Encoder): void {
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
