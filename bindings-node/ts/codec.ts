/** Hessian2 as such: values to bytes and back, without a call. */

import { parseJavaType } from './javatype';
import { type DecodeOptions, coercer, decodeFlags } from './internal/decode';
import { argumentEncoder } from './internal/declared';
import { writeAny } from './internal/encode';
import { decodeBody, native } from './internal/native';
import { Tape } from './internal/tape';

/** Which Java library's choices to copy where the formats leave one: `hl3` is Dubbo up to 3.2, `hl4` Dubbo 3.3. */
export type Profile = 'portable' | 'hl3' | 'hl4';

const PROFILES: Readonly<Record<Profile, number>> = { portable: 0, hl3: 1, hl4: 2 };

/**
 * Encodes a value as Hessian2, as the parameter of this Java type would be; without a type, by what it is.
 *
 * Throws a `ValueError` that names the place of what does not fit.
 */
export function encode(value: unknown, type?: string, options: { profile?: Profile } = {}): Buffer {
  const tape = new Tape();
  const encoder = type === undefined ? writeAny : argumentEncoder(parseJavaType(type));
  encoder(tape, value);
  return native().encode(tape.buffer, tape.length, PROFILES[options.profile ?? 'portable']);
}

/** Encodes several values as one body, in which they share objects, classes and type names. */
export function encodeAll(values: readonly unknown[], options: { profile?: Profile } = {}): Buffer {
  const tape = new Tape();
  for (const value of values) writeAny(tape, value);
  return native().encode(tape.buffer, tape.length, PROFILES[options.profile ?? 'portable']);
}

/** Decodes all values of a body. */
export function decodeAll(body: Uint8Array, options: DecodeOptions = {}): unknown[] {
  return decodeBody(body, decodeFlags(options));
}

/** Decodes one Hessian2 value; `type` is the declared Java type, if there is one. */
export function decode(body: Uint8Array, options: DecodeOptions & { type?: string } = {}): unknown {
  const [value] = decodeBody(body, decodeFlags(options));
  const coerce = options.type === undefined ? undefined : coercer(parseJavaType(options.type));
  return coerce === undefined ? value : coerce(value);
}
