// Tagged values of the scenario file as JavaScript values, and the comparison of results.

import { Double, JavaObject, TypedList, TypedMap, TypedSet, decode, encode } from '../../dist/index.mjs';
import { isBean } from './classes.mjs';

const SHORT = { string: 'java.lang.String', object: 'java.lang.Object', date: 'java.util.Date' };

/** `[[string` is `java.lang.String[][]`. */
function javaName(type) {
  const dims = /^\[*/.exec(type)[0].length;
  const name = type.slice(dims);
  return (dims > 0 ? (SHORT[name] ?? name) : name) + '[]'.repeat(dims);
}

const isSet = (type) => /Set$/.test(type) && !type.startsWith('[');

class Builder {
  #slots = [];

  value(tagged) {
    switch (tagged.t) {
      case 'null':
        return null;
      case 'bool':
      case 'int':
        return tagged.v;
      case 'string':
        return text(tagged);
      case 'long':
        return BigInt(tagged.v);
      case 'double':
        return new Double({ inf: Infinity, '-inf': -Infinity, nan: NaN }[tagged.v] ?? Number(tagged.v));
      case 'date':
        return new Date(Number(tagged.v));
      case 'bytes':
        return bytes(tagged);
      case 'ref':
        return this.#slots[tagged.slot];
      default:
        return this.#container(tagged);
    }
  }

  #container(tagged) {
    const made = this.#blank(tagged);
    this.#slots.push(made);
    if (tagged.t === 'object') for (const [name, value] of tagged.fields) made[name] = this.value(value);
    if (tagged.t === 'map') for (const [key, value] of tagged.entries) made.set(this.value(key), this.value(value));
    if (tagged.t === 'list') for (const item of tagged.items) add(made, this.value(item));
    return made;
  }

  #blank({ t, type, class: className }) {
    if (t === 'object') return new JavaObject(className);
    if (t === 'map') return type === undefined ? new Map() : new TypedMap(type);
    if (t !== 'list') throw new Error(`unsupported: value ${t}`);
    if (type === undefined || type === null) return [];
    return isSet(type) ? new TypedSet(type) : new TypedList(javaName(type));
  }
}

function add(container, item) {
  if (container instanceof Set) container.add(item);
  else container.push(item);
}

function text({ v, utf16, times = 1 }) {
  if (utf16 === undefined) return v.repeat(times);
  const units = utf16.match(/.{4}/g) ?? [];
  return String.fromCharCode(...units.map((unit) => parseInt(unit, 16))).repeat(times);
}

/** So many bytes, of which byte i is i mod 251. */
export function sequenceOf(size) {
  return Buffer.alloc(size, Uint8Array.from({ length: 251 }, (_, i) => i));
}

function bytes({ hex = '', sequence, times = 1 }) {
  if (sequence !== undefined) return sequenceOf(sequence);
  const one = Buffer.from(hex, 'hex');
  return Buffer.concat(Array(times).fill(one));
}

/** An argument: brought through the codec once, so that JDK classes are the values that a user would give. */
export function argument(tagged) {
  return decode(encode(new Builder().value(tagged)), { exact: true });
}

const PRIMITIVES = { Z: 'boolean', B: 'byte', C: 'char', S: 'short', I: 'int', J: 'long', F: 'float', D: 'double' };

/** The types of a descriptor: `Ljava/lang/String;[I` is `['java.lang.String', 'int[]']`. */
export function typesOf(descriptor) {
  return [...descriptor.matchAll(/(\[*)(?:L([^;]+);|([ZBCSIJFD]))/g)].map(
    ([, dims, className, code]) => (className?.replaceAll('/', '.') ?? PRIMITIVES[code]) + '[]'.repeat(dims.length),
  );
}

/**
 * A value in the form in which values are compared: as the declared type makes it, without the Java classes of lists,
 * sets and maps. Two values of the same declared type are equal if these are.
 */
export function comparable(value, type) {
  const isFloat = type !== undefined && /^(float|java\.lang\.Float)(\[\])*$/.test(type);
  return plain(decode(encode(value, type), { exact: true, ...(type && { type }) }), isFloat, new Map());
}

function plain(value, isFloat, seen) {
  if (value instanceof Double) return isFloat ? Math.fround(value.value) : value;
  if (typeof value === 'number') return isFloat ? Math.fround(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list = [];
    seen.set(value, list);
    for (const item of value) list.push(plain(item, isFloat, seen));
    return list;
  }
  if (value instanceof Set) {
    const set = new Set();
    seen.set(value, set);
    for (const item of value) set.add(plain(item, isFloat, seen));
    return set;
  }
  if (value instanceof Map) {
    const map = new Map();
    seen.set(value, map);
    for (const [key, item] of value) map.set(plain(key, isFloat, seen), plain(item, isFloat, seen));
    return map;
  }
  if (!(value instanceof JavaObject) && !isBean(value)) return value;
  const object = Object.create(Object.getPrototypeOf(value));
  seen.set(value, object);
  for (const [name, item] of Object.entries(value)) object[name] = plain(item, isFloat, seen);
  return object;
}
