/**
 * The way of values from JavaScript to the core: a list of instructions that the native module plays into its
 * Hessian writer. Filling a buffer costs a fraction of one native call per value.
 *
 * `src/value/walk.rs` reads it. Numbers are little-endian and unaligned; containers are numbered in the order in
 * which they begin, so that a later occurrence of the same object is a reference to its number.
 */

import { ValueError } from '../errors';

/** Instructions; the same numbers as in `src/value/walk.rs`. */
export const enum Op {
  Null = 0,
  True = 1,
  False = 2,
  /** i32 */
  Int = 3,
  /** i64 */
  Long = 4,
  /** f64 */
  Double = 5,
  /** f64 that is an f32: a boxed Java Float. */
  Float = 6,
  /** i64 milliseconds. */
  Date = 7,
  /** u32 length, ASCII bytes. */
  Ascii = 8,
  /** u32 number of units, UTF-16 units. */
  Utf16 = 9,
  /** u32 length, bytes. */
  Binary = 10,
  /** type name, u32 number of elements; the elements follow. */
  List = 11,
  /** type name; keys and values follow. */
  Map = 12,
  MapEnd = 13,
  /** u32 number of a class made by `defineClass`; the fields follow. */
  Object = 14,
  /** class name, u32 number of fields, their names; the fields follow. */
  NewObject = 15,
  /** u32 number of the container. */
  Reference = 16,
}

/** Bytes before the first value, which say how a call is made. */
const HEAD = 32;
const START = 4096;
/** A buffer that has grown beyond this is not kept for the next message. */
const KEEP = 1 << 20;
const MAX_DEPTH = 512;

/** One message on its way to the writer. Reused: a message is finished before the next begins. */
export class Tape {
  #buffer = Buffer.allocUnsafeSlow(START);
  #view = viewOf(this.#buffer);
  #at = HEAD;
  #containers = 0;
  #depth = 0;
  readonly #seen = new Map<object, number>();

  /** Forgets everything. */
  reset(): void {
    if (this.#buffer.length > KEEP) this.#allocate(START);
    this.#at = HEAD;
    this.#containers = 0;
    this.#depth = 0;
    if (this.#seen.size > 0) this.#seen.clear();
  }

  /** Holds the instructions in its first {@link length} bytes; valid until something is written. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  get length(): number {
    return this.#at;
  }

  /** Says how the call is made whose arguments are written; negative numbers override nothing. */
  head(method: number, token: number, flags: number, timeout: number, retries: number, oneway: boolean): void {
    const view = this.#view;
    view.setUint32(0, method, true);
    view.setUint32(4, token, true);
    view.setUint32(8, flags, true);
    view.setInt32(12, retries, true);
    view.setFloat64(16, timeout, true);
    view.setUint8(24, oneway ? 1 : 0);
  }

  null(): void {
    this.#op(Op.Null, 0);
  }

  bool(value: boolean): void {
    this.#op(value ? Op.True : Op.False, 0);
  }

  int(value: number): void {
    const at = this.#op(Op.Int, 4);
    this.#view.setInt32(at, value, true);
  }

  long(value: bigint): void {
    const at = this.#op(Op.Long, 8);
    this.#view.setBigInt64(at, value, true);
  }

  /** A long within the safe integers, without the detour over a bigint. */
  longOf(value: number): void {
    const at = this.#op(Op.Long, 8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#view.setUint32(at, value - high * 0x1_0000_0000, true);
    this.#view.setInt32(at + 4, high, true);
  }

  double(value: number): void {
    const at = this.#op(Op.Double, 8);
    this.#view.setFloat64(at, value, true);
  }

  float(value: number): void {
    const at = this.#op(Op.Float, 8);
    this.#view.setFloat64(at, value, true);
  }

  date(ms: number): void {
    if (Number.isNaN(ms)) throw new ValueError('an invalid Date cannot be sent');
    const at = this.#op(Op.Date, 8);
    this.#view.setBigInt64(at, BigInt(ms), true);
  }

  string(value: string): void {
    const units = value.length;
    // In UTF-8 a unit takes three bytes at most.
    const at = this.#op(Op.Ascii, 4 + units * 3);
    const written = this.#utf8(value, at + 4);
    if (written === units) {
      this.#view.setUint32(at, units, true);
      this.#at = at + 4 + units;
      return;
    }
    this.#buffer[at - 1] = Op.Utf16;
    this.#view.setUint32(at, units, true);
    this.#buffer.write(value, at + 4, units * 2, 'utf16le');
    this.#at = at + 4 + units * 2;
  }

  binary(bytes: Uint8Array): void {
    const at = this.#op(Op.Binary, 4 + bytes.length);
    this.#view.setUint32(at, bytes.length, true);
    this.#buffer.set(bytes, at + 4);
  }

  /**
   * Writes a reference if the object was written before and gives true; otherwise remembers it under the number of
   * the container that must begin next.
   */
  seen(object: object): boolean {
    const number = this.#seen.get(object);
    if (number === undefined) {
      this.#seen.set(object, this.#containers);
      return false;
    }
    const at = this.#op(Op.Reference, 4);
    this.#view.setUint32(at, number, true);
    return true;
  }

  /** Begins a list; exactly `length` values must follow, then {@link end}. */
  list(type: string | null, length: number): void {
    this.#enter();
    this.#op(Op.List, 0);
    this.#name(type ?? '');
    this.#u32(length);
  }

  /** Begins a map; {@link mapEnd} ends it. */
  map(type: string | null): void {
    this.#enter();
    this.#op(Op.Map, 0);
    this.#name(type ?? '');
  }

  mapEnd(): void {
    this.#op(Op.MapEnd, 0);
    this.end();
  }

  /** Begins an object of a class known to the native module; its fields must follow, then {@link end}. */
  object(classNumber: number): void {
    this.#enter();
    const at = this.#op(Op.Object, 4);
    this.#view.setUint32(at, classNumber, true);
  }

  /** Begins an object of any class; one value per field must follow, then {@link end}. */
  newObject(className: string, fields: readonly string[]): void {
    this.#enter();
    this.#op(Op.NewObject, 0);
    this.#name(className);
    this.#u32(fields.length);
    for (const field of fields) this.#name(field);
  }

  /** Ends a list or object. */
  end(): void {
    this.#depth -= 1;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new ValueError(`the value is nested more than ${MAX_DEPTH} levels deep`);
    this.#containers += 1;
  }

  /** Writes the code, makes room for `size` bytes and gives their position. */
  #op(code: Op, size: number): number {
    const at = this.#at + 1;
    if (at + size > this.#buffer.length) this.#grow(at + size);
    this.#buffer[at - 1] = code;
    this.#at = at + size;
    return at;
  }

  #u32(value: number): void {
    if (this.#at + 4 > this.#buffer.length) this.#grow(this.#at + 4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** A name is UTF-8 behind its length. */
  #name(name: string): void {
    const room = this.#at + 4 + name.length * 3;
    if (room > this.#buffer.length) this.#grow(room);
    const written = this.#utf8(name, this.#at + 4);
    this.#view.setUint32(this.#at, written, true);
    this.#at += 4 + written;
  }

  #utf8(text: string, at: number): number {
    if (text.length > 24) return this.#buffer.write(text, at, 'utf8');
    // For short text the loop is faster than the call.
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return this.#buffer.write(text, at, 'utf8');
      this.#buffer[at + i] = code;
    }
    return text.length;
  }

  #grow(needed: number): void {
    const old = this.#buffer;
    this.#allocate(Math.max(needed, old.length * 2));
    old.copy(this.#buffer, 0, 0, this.#at);
  }

  #allocate(size: number): void {
    this.#buffer = Buffer.allocUnsafeSlow(size);
    this.#view = viewOf(this.#buffer);
  }
}

const common = new Tape();
let isCommonBusy = false;

/** Runs `use` with an empty tape. Encoding may run code of the user, a getter, that calls again: it gets another. */
export function withTape<T>(use: (tape: Tape) => T): T {
  if (isCommonBusy) return use(new Tape());
  isCommonBusy = true;
  try {
    common.reset();
    return use(common);
  } finally {
    isCommonBusy = false;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
