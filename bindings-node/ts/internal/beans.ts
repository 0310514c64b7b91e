/** Instances of registered classes, and exceptions of every class, on their way to the Hessian writer. */

import { RemoteError, located } from '../errors';
import { type BeanMapping, type FieldMapping, registry } from '../registry';
import { fieldEncoder } from './declared';
import { type Encoder, classNumber, writeAny, writeFields } from './encode';
import type { Tape } from './tape';

interface FieldEncoder extends FieldMapping {
  readonly encode: Encoder;
}

interface BeanPlan {
  readonly number: number;
  readonly fields: readonly FieldEncoder[];
}

const plans = new WeakMap<BeanMapping, BeanPlan>();

function planOf(mapping: BeanMapping): BeanPlan {
  let plan = plans.get(mapping);
  if (plan === undefined) {
    const fields = mapping.fields.map((field) => ({ ...field, encode: fieldEncoder(field.type) }));
    plan = { number: classNumber(mapping, mapping.className, fields.map((field) => field.wire)), fields };
    plans.set(mapping, plan);
  }
  return plan;
}

export function writeBean(tape: Tape, mapping: BeanMapping, value: Record<string, unknown>): void {
  if (mapping.kind === 'exception') return writeThrowable(tape, value as unknown as Error, mapping);
  if (tape.seen(value)) return;
  const plan = planOf(mapping);
  tape.object(plan.number);
  writeBeanFields(tape, plan, value);
  tape.end();
}

function writeBeanFields(tape: Tape, plan: BeanPlan, value: Record<string, unknown>): void {
  let at: FieldEncoder | undefined;
  try {
    for (at of plan.fields) at.encode(tape, value[at.property]);
  } catch (error) {
    throw located(error, `.${at?.property}`);
  }
}

const THROWABLE_FIELDS = ['suppressedExceptions', 'stackTrace', 'cause', 'detailMessage'];
const FRAME_FIELDS = ['lineNumber', 'fileName', 'methodName', 'declaringClass'];
const FRAME_CLASS = 'java.lang.StackTraceElement';

/** Writes any error as a Java exception: a registered class as its own, others as `java.lang.RuntimeException`. */
export function writeThrowable(tape: Tape, error: Error, mapping = registry.byInstance(error)): void {
  if (tape.seen(error)) return;
  const plan = mapping === undefined ? undefined : exceptionFields(mapping);
  const remote = error instanceof RemoteError ? error : undefined;
  const extra = plan === undefined ? Object.keys(remote?.fields ?? {}) : [];
  const className = mapping?.className ?? remote?.javaClass ?? 'java.lang.RuntimeException';
  tape.newObject(className, [...THROWABLE_FIELDS, ...(plan?.map((field) => field.wire) ?? extra)]);
  tape.list('java.util.Collections$EmptyList', 0);
  tape.end();
  writeFrames(tape, remote);
  // Java says "no cause" by naming the exception itself.
  if (error.cause instanceof Error) writeThrowable(tape, error.cause);
  else tape.seen(error);
  writeMessage(tape, error, mapping, remote);
  writeFields(extra, (name) => writeAny(tape, remote?.fields[name]));
  for (const field of plan ?? []) field.encode(tape, (error as unknown as Record<string, unknown>)[field.property]);
  tape.end();
}

const exceptionPlans = new WeakMap<BeanMapping, readonly FieldEncoder[]>();

function exceptionFields(mapping: BeanMapping): readonly FieldEncoder[] {
  let fields = exceptionPlans.get(mapping);
  if (fields === undefined) {
    fields = mapping.fields.map((field) => ({ ...field, encode: fieldEncoder(field.type) }));
    exceptionPlans.set(mapping, fields);
  }
  return fields;
}

function writeFrames(tape: Tape, remote: RemoteError | undefined): void {
  const frames = remote?.javaStack ?? [];
  tape.list(`[${FRAME_CLASS}`, frames.length);
  for (const frame of frames) {
    tape.newObject(FRAME_CLASS, FRAME_FIELDS);
    tape.int(frame.lineNumber);
    writeAny(tape, frame.fileName);
    tape.string(frame.methodName);
    tape.string(frame.declaringClass);
    tape.end();
  }
  tape.end();
}

function writeMessage(tape: Tape, error: Error, mapping: BeanMapping | undefined, remote: RemoteError | undefined): void {
  if (remote !== undefined) writeAny(tape, remote.javaMessage);
  else if (mapping !== undefined) tape.string(error.message);
  // An exception without a Java class keeps at least the name of its own.
  else tape.string(error.message === '' ? error.name : `${error.name}: ${error.message}`);
}
