/**
 * The tagged values of `tests/vectors/README.md` as JavaScript values, made without the codec: what a vector means is
 * written down here a second time.
 */

import { Double, JavaObject, TypedList, TypedMap, TypedSet } from 'polydubbo';

export interface Tagged {
  t: string;
  v?: any;
  hex?: string;
  type?: string | null;
  items?: Tagged[];
  entries?: [Tagged, Tagged][];
  class?: string;
  fields?: [string, Tagged][];
  slot?: number;
  /** Where the target stands when the sender's slot is not the reader's: `/items/1`. */
  to?: string;
  kind?: string;
  /** The long of a compact `java.time.LocalDate`. */
  epochDay?: string;
}

export interface Vector {
  name: string;
  value: Tagged;
  hex: string;
  dir: 'both' | 'decode' | 'encode';
  profile: 'any' | 'hl3' | 'hl4';
}

/**
 * Builds values. `encode` wraps all doubles, to keep them apart from ints; `exact` only whole ones, as exact decoding
 * does.
 */
export class Builder {
  readonly #slots: unknown[] = [];

  constructor(private readonly mode: 'encode' | 'exact') {}

  value(tagged: Tagged): unknown {
    switch (tagged.t) {
      case 'null':
        return null;
      case 'bool':
      case 'int':
      case 'string':
        return tagged.v;
      case 'long':
        return BigInt(tagged.v);
      case 'double':
        return this.#double(double(tagged.v));
      case 'date':
        return new Date(Number(tagged.v));
      case 'bytes':
        return Buffer.from(tagged.hex!, 'hex');
      case 'list':
        return this.#list(tagged);
      case 'map':
        return this.#map(tagged);
      case 'object':
        return this.#object(tagged);
      case 'ref':
        return tagged.to === undefined ? this.#slots[tagged.slot!] : this.#at(tagged.to);
      default:
        throw new Error(`no such tag: ${tagged.t}`);
    }
  }

  #double(value: number): unknown {
    return this.mode === 'encode' || Number.isInteger(value) ? new Double(value) : value;
  }

  /** A place below the outermost list. */
  #at(place: string): unknown {
    const [, kind, index] = place.split('/');
    if (kind !== 'items') throw new Error(`no such place: ${place}`);
    return (this.#slots[0] as unknown[])[Number(index)];
  }

  #list(tagged: Tagged): unknown {
    const type = tagged.type ?? null;
    if (type !== null && /Set$/.test(type) && !type.startsWith('[')) {
      const set = new TypedSet(type);
      this.#slots.push(set);
      for (const item of tagged.items!) set.add(this.value(item));
      return set;
    }
    const list: unknown[] = type === null ? [] : new TypedList(javaName(type));
    this.#slots.push(list);
    for (const item of tagged.items!) list.push(this.value(item));
    return list;
  }

  #map(tagged: Tagged): unknown {
    const map = tagged.type == null ? new Map() : new TypedMap(tagged.type);
    this.#slots.push(map);
    for (const [key, value] of tagged.entries!) map.set(this.value(key), this.value(value));
    return map;
  }

  #object(tagged: Tagged): unknown {
    const object = new JavaObject(tagged.class!);
    this.#slots.push(object);
    for (const [name, value] of tagged.fields!) object[name] = this.value(value);
    return object;
  }
}

function double(text: string | number): number {
  const named: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  return named[String(text)] ?? Number(text);
}

/** `[[string` is `java.lang.String[][]`. */
function javaName(type: string): string {
  const dims = /^\[*/.exec(type)![0].length;
  const short: Record<string, string> = { string: 'java.lang.String', object: 'java.lang.Object', date: 'java.util.Date' };
  const name = type.slice(dims);
  return (dims > 0 ? (short[name] ?? name) : name) + '[]'.repeat(dims);
}
