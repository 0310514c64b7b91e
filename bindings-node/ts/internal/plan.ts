/**
 * The way of values from the core to JavaScript: the native module lays what it has read into memory that both see, and
 * this file makes the values from there. Reading a number costs a fraction of one that the native module makes.
 *
 * `src/value/plan.rs` is the other side. What plain numbers cannot hold, texts and bytes, comes beside them as *parts*;
 * short texts are slices of one.
 */

import { DubboError } from '../errors';
import type { ArrivedCall, NativeCallbackProxy } from './native';
import { type Factory, arrays, exactDouble, maps, setFlags, take } from './decode';

/** What a word says in its lowest bits; the same numbers as in `src/value/plan.rs`. */
const enum Op {
  Null = 0,
  True = 1,
  False = 2,
  /** An int that needs more bits than `Small` has follows. */
  Int = 3,
  /** Index of a wide number, here and in the next three. */
  Long = 4,
  Double = 5,
  Date = 6,
  ExactDouble = 7,
  /** Units and offset; the part follows. */
  Text = 8,
  /** Index of a part. */
  Part = 9,
  /** Number of the shape; the number of values and the values follow. */
  Container = 10,
  /** The position of the container follows. */
  Reference = 11,
  /** How the values from here on are decoded. */
  Flags = 12,
  /** The number itself, with its sign. */
  Small = 13,
}

const OP = 31;
/** A later value refers to this container. */
const KEPT = 1 << 5;
/** A part of this container refers to it. */
const EARLY = 1 << 6;
const SHIFT = 7;
const LENGTH = 0x7ff;
const OFFSET_SHIFT = 18;

/** What an event tells; the same numbers as in `src/value/plan.rs`. */
const enum Kind {
  Reject = 1,
  ResolveWithAttachments = 2,
  RejectWithAttachments = 3,
  Called = 4,
}

/** Where events go. */
export interface Listener {
  settle(token: number, isError: boolean, value: unknown, attachments: unknown[] | undefined): void;
  called(service: number, call: ArrivedCall): void;
  /** The arguments of a call could not be made. */
  refused(id: number, message: string): void;
}

/** Numbers as the native module lays them; longs and doubles are the same memory. */
interface Memory {
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly doubles: Float64Array;
}

let memory = memoryOf(0, 0);
let { words, longs, doubles } = memory;
let parts: readonly unknown[] = [];
/** Parts too many for arguments, which come before. */
let manyParts: readonly unknown[] | undefined;
let at = 0;
/** Containers to which something refers, by position. */
const kept = new Map<number, unknown>();
let isReading = false;

/** How containers are made, by the native module's number of their shape. */
const factories: Factory[] = [arrays, maps];

export function setFactory(shape: number, factory: Factory): void {
  factories[shape] = factory;
}

export function setParts(given: readonly unknown[]): void {
  manyParts = given;
}

/** Makes memory for at least so many numbers and gives it to the native module, which uses it from now on. */
export function makeRoom(forWords: number, forWides: number): Memory {
  memory = memoryOf(forWords, forWides);
  return memory;
}

function memoryOf(forWords: number, forWides: number): Memory {
  const longs = new BigInt64Array(forWides);
  return { words: new Int32Array(forWords), longs, doubles: new Float64Array(longs.buffer) };
}

function begin(given: readonly unknown[]): void {
  ({ words, longs, doubles } = memory);
  parts = manyParts ?? given;
  manyParts = undefined;
  at = 2;
  setFlags(words[1] as number);
  isReading = true;
}

function end(): void {
  isReading = false;
  parts = [];
  if (kept.size > 0) kept.clear();
}

/** Runs what may read another plan, and then goes on with this one. */
export function interrupt<T>(run: () => T): T {
  if (!isReading) return run();
  // The native module is about to overwrite the common memory.
  const own = { words: words.slice(), longs: longs.slice(), parts, at, kept: [...kept], flags: setFlags(0) };
  try {
    return run();
  } finally {
    ({ words, longs, parts, at } = own);
    doubles = new Float64Array(longs.buffer);
    kept.clear();
    for (const [place, value] of own.kept) kept.set(place, value);
    setFlags(own.flags);
    isReading = true;
  }
}

/** The values of the plan; called by the native module. */
export function values(...given: unknown[]): unknown[] {
  begin(given);
  try {
    const made: unknown[] = [];
    for (const length = words[0] as number; at < length; ) made.push(next());
    return made;
  } finally {
    end();
  }
}

/** Delivers the events of the plan; called by the native module. */
export function events(listener: Listener, given: readonly unknown[]): void {
  begin(given);
  for (const length = words[0] as number; at < length; ) event(listener);
  end();
}

function event(listener: Listener): void {
  const head = words[at] as number;
  const number = (words[at + 1] as number) >>> 0;
  const after = words[at + 2] as number;
  const kind = head & OP;
  at += 3;
  setFlags(head >>> SHIFT);
  if (kind === Kind.Called) return arrived(listener, head, number, after);
  let isError = (kind & Kind.Reject) !== 0;
  let value: unknown;
  let attachments: unknown[] | undefined;
  try {
    value = next();
    if (kind >= Kind.ResolveWithAttachments) attachments = next() as unknown[];
  } catch (error) {
    [isError, value] = [true, error];
  }
  at = after;
  setFlags(head >>> SHIFT);
  try {
    listener.settle(number, isError, value, attachments);
  } catch {
    // A signal of the user, for instance. The other events do not suffer from it.
  }
}

function arrived(listener: Listener, head: number, id: number, after: number): void {
  try {
    const service = next() as number;
    const call: ArrivedCall = {
      id,
      name: next() as string,
      descriptor: next() as string,
      remote: next() as string,
      local: next() as string,
      remaining: next() as number,
      args: next() as unknown[],
      attachments: next() as unknown[],
      callbacks: next() as NativeCallbackProxy[] | null,
    };
    at = after;
    setFlags(head >>> SHIFT);
    listener.called(service, call);
  } catch (error) {
    at = after;
    listener.refused(id, String((error as Error).message));
  }
}

/** Makes the next value. */
function next(): unknown {
  const word = words[at++] as number;
  switch (word & OP) {
    case Op.Small:
      return word >> SHIFT;
    case Op.Text: {
      const offset = word >>> OFFSET_SHIFT;
      return (parts[words[at++] as number] as string).slice(offset, offset + ((word >>> SHIFT) & LENGTH));
    }
    case Op.Container:
      return container(word);
    case Op.Int:
      return words[at++];
    case Op.Null:
      return null;
    case Op.True:
      return true;
    case Op.False:
      return false;
    case Op.Long:
      return longs[word >>> SHIFT];
    case Op.Double:
      return doubles[word >>> SHIFT];
    case Op.Date:
      return new Date(doubles[word >>> SHIFT] as number);
    case Op.ExactDouble:
      return exactDouble(doubles[word >>> SHIFT] as number);
    case Op.Part:
      return parts[word >>> SHIFT];
    case Op.Reference:
      return kept.get(words[at++] as number);
    default:
      setFlags(word >>> SHIFT);
      return next();
  }
}

function container(word: number): unknown {
  const factory = factories[word >>> SHIFT] as Factory;
  const count = words[at++] as number;
  if ((word & (KEPT | EARLY)) !== 0) return shared(word, factory, count);
  return factory.read(next, count);
}

function shared(word: number, factory: Factory, count: number): unknown {
  const place = at - 2;
  if ((word & EARLY) === 0) {
    const made = factory.read(next, count);
    kept.set(place, made);
    return made;
  }
  if (factory.blank === undefined || factory.fill === undefined) {
    throw new DubboError('Serialization', 'cannot decode the value: an immutable value contains itself');
  }
  const made = factory.blank();
  kept.set(place, made);
  factory.fill(made, take(next, count));
  return made;
}
