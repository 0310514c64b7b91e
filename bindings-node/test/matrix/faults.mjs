// Role `faults`: provokes what tests/vectors/errors.json lists and says which error came.

import { readFileSync } from 'node:fs';

import { DubboError, Server, javaInterface, refer } from '../../dist/index.mjs';
import { argument, typesOf } from './values.mjs';

/** A class that nobody registered. */
class Unsendable {}

const OWN = { number: ({ v }) => Number(v), unsendable: () => new Unsendable() };

export async function provokeAll(options) {
  let text = readFileSync(options.faults, 'utf8');
  for (const [name, value] of Object.entries(options.places)) text = text.replaceAll('${' + name + '}', value);
  for (const fault of JSON.parse(text).faults) {
    if (fault.not_in?.node === undefined) say({ fault: fault.name, ...described(await errorOf(() => provoke(fault))) });
  }
  say({ done: true });
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function errorOf(step) {
  try {
    await step();
    return undefined;
  } catch (error) {
    return error;
  }
}

function described(error) {
  if (error instanceof DubboError) return { number: error.errno, code: error.code, text: error.message };
  return { number: 0, code: error?.name ?? '', text: String(error?.message) };
}

async function provoke(fault) {
  if (fault.server !== undefined) return serve(fault);
  const { interface: name, ...settings } = fault.reference;
  const reference = await refer(name, settings);
  try {
    if (fault.before === 'close') await reference.close();
    if (fault.call !== undefined) {
      await Promise.all(Array.from({ length: fault.concurrent ?? 1 }, () => call(reference, fault)));
    }
  } finally {
    await reference.close(0);
  }
}

function call(reference, { call: { method, descriptor, args, timeout }, after }) {
  const controller = new AbortController();
  const values = args.map((tagged) => OWN[tagged.t]?.(tagged) ?? argument(tagged));
  const outcome = reference.invoke(method, typesOf(descriptor), values, { timeout, signal: controller.signal });
  if (after === 'cancel') setImmediate(() => controller.abort());
  return outcome;
}

async function serve(fault) {
  const server = new Server(fault.server);
  try {
    for (const name of fault.exports ?? []) {
      const described = javaInterface(name, { nothing: [] });
      await server.export(described, { nothing: () => null }, fault.service);
    }
    await server.start();
  } finally {
    await server.close();
  }
}
