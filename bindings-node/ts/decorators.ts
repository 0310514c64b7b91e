/**
 * Decorators over the registry, for those who like their mapping beside the field.
 *
 * They work as standard decorators (TypeScript 5.2 or newer, with metadata) and as the older `experimentalDecorators`.
 */

import { DubboError } from './errors';
import { type AnyClass, type FieldSpec, registerClass, registerException } from './registry';

// Node does not define it yet; TypeScript stores decorator metadata under it as soon as it exists.
(Symbol as { metadata?: symbol }).metadata ??= Symbol('Symbol.metadata');

const FIELDS = Symbol('polydubbo.fields');
type FieldTable = Record<string, FieldSpec>;
type WithFields = { [FIELDS]?: FieldTable };

/** The own field table of a class' metadata, or of its prototype under `experimentalDecorators`. */
function table(holder: WithFields): FieldTable {
  if (!Object.hasOwn(holder, FIELDS)) {
    Object.defineProperty(holder, FIELDS, { value: Object.create(null), configurable: true });
  }
  return holder[FIELDS] as FieldTable;
}

type FieldDecorator = (target: object | undefined, context: ClassFieldDecoratorContext | string | symbol) => void;
type ClassDecorator = <C extends AnyClass>(ctor: C, context?: ClassDecoratorContext) => void;

/**
 * Makes a property travel: `@Field('long') id!: bigint`, `@Field({ type: 'String', name: 'user_name' }) userName!: string`.
 *
 * Without a type, the value travels as it would in an untyped place.
 */
export function Field(spec: FieldSpec = {}): FieldDecorator {
  return (target, context) => {
    if (typeof context !== 'object') {
      table(target as WithFields)[String(context)] = spec;
      return;
    }
    if (context.metadata === undefined) {
      const message = '@Field needs decorator metadata: use TypeScript 5.2 or newer, or registerClass()';
      throw new DubboError('Unsupported', message);
    }
    table(context.metadata as WithFields)[String(context.name)] = spec;
  };
}

function fieldsOf(ctor: AnyClass, context: ClassDecoratorContext | undefined): FieldTable {
  const holder = (context?.metadata ?? ctor.prototype) as WithFields;
  return Object.hasOwn(holder, FIELDS) ? (holder[FIELDS] as FieldTable) : {};
}

/** Registers the class for a Java class: `@JavaClass('com.acme.User') class User { ... }`. */
export function JavaClass(className: string): ClassDecorator {
  return (ctor, context) => registerClass(ctor, { className, fields: fieldsOf(ctor, context) });
}

/** Registers the error class for a Java exception: `@JavaException('com.acme.NotFoundException') class NotFound extends Error`. */
export function JavaException(className: string): ClassDecorator {
  return (ctor, context) => registerException(ctor, { className, fields: fieldsOf(ctor, context) });
}
