/**
 * Which JavaScript class stands for which Java class.
 *
 * Nothing a peer sends can name a JavaScript class: only registered classes are ever instantiated, their constructors
 * and setters never run, and every other Java class arrives as a `JavaObject`.
 */

import { invalid } from './errors';
import { type JavaType, OBJECT, checkClassName, parseJavaType } from './javatype';

/** A class whose instances travel. */
export type AnyClass = abstract new (...args: any[]) => object;

/** How one field travels: a Java type, or more about it. */
export type FieldSpec =
  | string
  | {
      /** Java type, for example `long` or `List<com.acme.Item>`; decides the wire form. */
      type?: string;
      /** Name of the Java field, when it differs. */
      name?: string;
    };

/** What {@link registerClass} is told. */
export interface ClassSpec {
  /** Java class name, for example `com.acme.User`. */
  className: string;
  /** Java type by property name; properties not listed do not travel. */
  fields: Readonly<Record<string, FieldSpec>>;
}

export interface FieldMapping {
  readonly property: string;
  readonly wire: string;
  readonly type: JavaType;
}

export interface BeanMapping {
  readonly kind: 'bean' | 'exception';
  readonly className: string;
  readonly ctor: AnyClass;
  readonly fields: readonly FieldMapping[];
}

export interface EnumMapping {
  readonly kind: 'enum';
  readonly className: string;
  readonly byName: ReadonlyMap<string, unknown>;
  readonly nameOf: ReadonlyMap<unknown, string>;
}

export type Mapping = BeanMapping | EnumMapping;

/** The mappings of this thread; a worker has its own. */
export class Registry {
  readonly #byJava = new Map<string, Mapping>();
  readonly #byPrototype = new Map<object, BeanMapping>();
  readonly #constants = new Map<object | symbol, EnumMapping>();
  readonly #listeners: (() => void)[] = [];

  add(mapping: Mapping): void {
    const known = this.#byJava.get(mapping.className);
    if (known !== undefined && !sameTarget(known, mapping)) {
      throw invalid(`${mapping.className} is registered already`);
    }
    this.#byJava.set(mapping.className, mapping);
    if (mapping.kind === 'enum') {
      for (const constant of mapping.nameOf.keys()) {
        // Strings and numbers of an enum are ordinary values elsewhere: only the declared type tells.
        if (isIdentity(constant)) this.#constants.set(constant, mapping);
      }
    } else {
      this.#byPrototype.set(mapping.ctor.prototype, mapping);
    }
    for (const listener of this.#listeners) listener();
  }

  byJava(className: string): Mapping | undefined {
    return this.#byJava.get(className);
  }

  /** The mapping of an object's class or of its nearest registered base. */
  byInstance(value: object): BeanMapping | undefined {
    let prototype: object | null = Object.getPrototypeOf(value);
    while (prototype !== null) {
      const found = this.#byPrototype.get(prototype);
      if (found !== undefined) return found;
      prototype = Object.getPrototypeOf(prototype);
    }
    return undefined;
  }

  byConstant(value: object | symbol): EnumMapping | undefined {
    return this.#constants.get(value);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

export const registry = new Registry();

function sameTarget(first: Mapping, second: Mapping): boolean {
  if (first.kind === 'enum') return second.kind === 'enum';
  return second.kind === first.kind && first.ctor.name === second.ctor.name;
}

function isIdentity(value: unknown): value is object | symbol {
  return (typeof value === 'object' && value !== null) || typeof value === 'symbol';
}

/**
 * Registers a class for a Java class, in both directions.
 *
 * ```ts
 * registerClass(User, { className: 'com.acme.User', fields: { id: 'long', name: 'String', tags: 'List<String>' } });
 * ```
 *
 * Fields of a registered base class are inherited.
 */
export function registerClass(ctor: AnyClass, spec: ClassSpec): void {
  registry.add(beanMapping('bean', ctor, spec.className, Object.entries(spec.fields)));
}

/**
 * Registers an error class for a Java exception, in both directions. `fields` lists what the Java class has beside
 * message, cause and stack.
 */
export function registerException(ctor: AnyClass, spec: { className: string; fields?: ClassSpec['fields'] }): void {
  if (!(ctor.prototype instanceof Error)) throw invalid(`${ctor.name} is not an error class`);
  registry.add(beanMapping('exception', ctor, spec.className, Object.entries(spec.fields ?? {})));
}

/**
 * Registers the constants of a Java enum: a TypeScript enum, or an object of constants by name.
 *
 * ```ts
 * registerEnum('com.acme.Color', { RED: 'RED', GREEN: 'GREEN' });
 * ```
 *
 * Constants that are objects or symbols travel as the enum everywhere; strings and numbers do so where the declared
 * type is the enum.
 */
export function registerEnum(className: string, constants: Readonly<Record<string, unknown>>): void {
  const byName = new Map<string, unknown>();
  const nameOf = new Map<unknown, string>();
  for (const [name, value] of Object.entries(constants)) {
    // A numeric TypeScript enum also maps its numbers back to names.
    if (/^-?\d/.test(name)) continue;
    byName.set(name, value);
    nameOf.set(value, name);
  }
  if (byName.size === 0 || nameOf.size !== byName.size) {
    throw invalid(`the constants of ${className} must be at least one, and distinct`);
  }
  registry.add({ kind: 'enum', className: checkClassName(className), byName, nameOf });
}

function beanMapping(
  kind: BeanMapping['kind'],
  ctor: AnyClass,
  className: string,
  own: readonly (readonly [string, FieldSpec])[],
): BeanMapping {
  if (typeof ctor !== 'function') throw invalid(`the class registered for ${className} is not a class`);
  const base = registry.byInstance(ctor.prototype);
  const fields = new Map<string, FieldMapping>(base?.fields.map((field) => [field.property, field]));
  for (const [property, spec] of own) {
    if (property === '__proto__') throw invalid('a property cannot be called __proto__');
    fields.set(property, fieldMapping(property, spec));
  }
  return { kind, className: checkClassName(className), ctor, fields: [...fields.values()] };
}

function fieldMapping(property: string, spec: FieldSpec): FieldMapping {
  const { type, name } = typeof spec === 'string' ? { type: spec, name: undefined } : spec;
  const wire = name ?? property;
  if (wire === '') throw invalid(`the field of ${property} has an empty name`);
  return { property, wire, type: type === undefined ? OBJECT : parseJavaType(type) };
}
