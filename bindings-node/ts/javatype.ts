/**
 * Java types as text, and what follows from them.
 *
 * A type is written as Java writes it, with type arguments: `java.util.List<java.lang.Long>`, `int[]`. Classes of
 * `java.lang`, `java.util`, `java.math`, `java.time` and `java.sql.Timestamp` may be written by their simple names:
 * `List<Long>`, `String`, `BigDecimal`. The arguments steer the encoding of elements; a descriptor knows the erased
 * type only.
 */

import { invalid } from './errors';

/** One Java type, parsed. */
export interface JavaType {
  /** Full class name or primitive, without arguments and dimensions: `java.util.List`, `int`. */
  readonly name: string;
  /** Type arguments; empty when there are none. */
  readonly args: readonly JavaType[];
  /** Number of array dimensions. */
  readonly dims: number;
}

const PRIMITIVES = new Map(Object.entries({
  boolean: 'Z',
  byte: 'B',
  char: 'C',
  short: 'S',
  int: 'I',
  long: 'J',
  float: 'F',
  double: 'D',
  void: 'V',
}));

const BOXES = new Map(Object.entries({
  boolean: 'java.lang.Boolean',
  byte: 'java.lang.Byte',
  char: 'java.lang.Character',
  short: 'java.lang.Short',
  int: 'java.lang.Integer',
  long: 'java.lang.Long',
  float: 'java.lang.Float',
  double: 'java.lang.Double',
}));

const PACKAGES: Readonly<Record<string, string>> = {
  'java.lang': 'Object String Boolean Byte Short Integer Long Float Double Character Number Class Iterable CharSequence Throwable Exception RuntimeException',
  'java.util': 'List ArrayList LinkedList Collection Set HashSet LinkedHashSet TreeSet SortedSet Queue Deque Map HashMap LinkedHashMap TreeMap SortedMap Date UUID Locale Calendar',
  'java.math': 'BigDecimal BigInteger',
  'java.time': 'LocalDate LocalTime LocalDateTime Instant Duration Period Year YearMonth MonthDay ZoneOffset ZoneId OffsetDateTime OffsetTime ZonedDateTime DayOfWeek Month',
  'java.sql': 'Timestamp',
};

const SIMPLE = new Map<string, string>();
for (const [pkg, names] of Object.entries(PACKAGES)) {
  for (const name of names.split(' ')) SIMPLE.set(name, `${pkg}.${name}`);
}
// Lower case `string` and `object` are what a TypeScript programmer types first.
SIMPLE.set('string', 'java.lang.String');
SIMPLE.set('object', 'java.lang.Object');

const CLASS_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;

/** Returns a Java class name, or says what is wrong with it. */
export function checkClassName(name: string): string {
  if (typeof name === 'string' && name.length <= 512 && CLASS_NAME.test(name)) return name;
  throw invalid(`not a Java class name: ${JSON.stringify(String(name).slice(0, 128))}`);
}

/** Parses a Java type. Throws `InvalidArgument` with the reason. */
export function parseJavaType(text: string): JavaType {
  const parser = new Parser(text);
  const type = parser.type();
  parser.end();
  return type;
}

class Parser {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.trim();
  }

  type(depth = 0): JavaType {
    if (depth > 16) throw this.#error('type arguments are nested too deeply');
    if (this.#skip('?')) return this.#wildcard(depth);
    const name = fullName(this.#word(), () => this.#error('a class name'));
    const args = this.#skip('<') ? this.#arguments(depth) : [];
    let dims = 0;
    while (this.#skip('[')) {
      if (!this.#skip(']')) throw this.#error("']'");
      dims += 1;
    }
    if (name === 'void' && (dims > 0 || depth > 0)) throw this.#error('a type other than void');
    return { name, args, dims };
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#error('the end of the type');
  }

  /** `? extends X` is encoded as X, everything else as Object. */
  #wildcard(depth: number): JavaType {
    if (this.#skip('extends')) return this.type(depth + 1);
    if (this.#skip('super')) this.type(depth + 1);
    return OBJECT;
  }

  #arguments(depth: number): JavaType[] {
    const args = [];
    do args.push(boxed(this.type(depth + 1)));
    while (this.#skip(','));
    if (!this.#skip('>')) throw this.#error("'>'");
    return args;
  }

  #word(): string {
    const match = /^\s*([\p{L}\p{N}_$.]+)/u.exec(this.#text.slice(this.#at));
    if (match === null) throw this.#error('a class name');
    this.#at += match[0].length;
    return match[1] as string;
  }

  #skip(token: string): boolean {
    const rest = this.#text.slice(this.#at);
    const blank = rest.length - rest.trimStart().length;
    if (!rest.startsWith(token, blank)) return false;
    this.#at += blank + token.length;
    return true;
  }

  #error(expected: string): Error {
    const shown = JSON.stringify(this.#text.slice(0, 128));
    return invalid(`${shown} is not a Java type: expected ${expected} at position ${this.#at}`);
  }
}

function fullName(name: string, error: () => Error): string {
  if (PRIMITIVES.has(name)) return name;
  if (name.includes('.')) return checkClassName(name);
  const known = SIMPLE.get(name);
  if (known !== undefined) return known;
  if (!CLASS_NAME.test(name)) throw error();
  throw invalid(`${JSON.stringify(name)} is not a known simple name: write the class with its package`);
}

/** `java.lang.Object`. */
export const OBJECT: JavaType = Object.freeze({ name: 'java.lang.Object', args: Object.freeze([]) as never, dims: 0 });

/** The type that a type argument must be: `int` becomes `java.lang.Integer`. */
function boxed(type: JavaType): JavaType {
  const box = type.dims === 0 ? BOXES.get(type.name) : undefined;
  return box === undefined ? type : { ...type, name: box };
}

/** True for `int` and its kin, which cannot be null. */
export function isPrimitive(type: JavaType): boolean {
  return type.dims === 0 && PRIMITIVES.has(type.name);
}

/** The type as a Java programmer writes it in full, without type arguments: `java.util.List[]`. */
export function erasedName(type: JavaType): string {
  return type.name + '[]'.repeat(type.dims);
}

/** The JVM's notation of the erased type: `int[]` becomes `[I`. */
export function descriptorOf(type: JavaType): string {
  return '['.repeat(type.dims) + (PRIMITIVES.get(type.name) ?? `L${type.name.replaceAll('.', '/')};`);
}

/** The type name of an array on the wire: `int[][]` becomes `[[int`, `String[]` becomes `[string`. */
export function arrayTypeName(component: JavaType): string {
  return '['.repeat(component.dims + 1) + (SHORT_ARRAY_NAMES.get(component.name) ?? component.name);
}

const SHORT_ARRAY_NAMES = new Map([
  ['java.lang.String', 'string'],
  ['java.lang.Object', 'object'],
  ['java.util.Date', 'date'],
]);

const BY_CODE = new Map([...PRIMITIVES].map(([name, code]) => [code, name]));

/** The types of a descriptor: `Ljava/lang/String;[I` is `['java.lang.String', 'int[]']`. */
export function parseDescriptor(descriptor: string): string[] {
  const types = [];
  const pattern = /(\[*)(?:L([^;]+);|([ZBCSIJFD]))/y;
  while (pattern.lastIndex < descriptor.length) {
    const match = pattern.exec(descriptor);
    if (match === null) throw invalid(`not a descriptor: ${JSON.stringify(descriptor.slice(0, 128))}`);
    const [, dims = '', cls, code] = match;
    types.push((cls?.replaceAll('/', '.') ?? BY_CODE.get(code as string)) + '[]'.repeat(dims.length));
  }
  return types;
}
