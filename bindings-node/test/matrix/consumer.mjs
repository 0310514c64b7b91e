// The consumer: plays the scenario file and prints one line for each case.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual, inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { DubboError, RemoteError, callback, javaInterface } from '../../dist/index.mjs';
import { References } from './references.mjs';
import { argument, comparable, typesOf } from './values.mjs';

const Listener = javaInterface('io.polydubbo.peer.api.Listener', {
  changed: { params: ['String'], returns: 'String' },
});

class Mismatch extends Error {}

export async function consume(options) {
  const file = JSON.parse(readFileSync(options.scenarios, 'utf8'));
  const references = new References(options);
  const wanted = options.scenario ?? 'all';
  const count = { passed: 0, failed: 0 };
  for (const scenario of file.scenarios) {
    if (wanted !== 'all' && wanted !== scenario.name) continue;
    for (const one of scenario.cases) await report(references, scenario, one, count);
  }
  say({ done: true, ...count });
  await references.close();
  process.exitCode = count.failed === 0 ? 0 : 1;
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const run = `${process.pid}-${Date.now()}`;

async function report(references, scenario, one, count) {
  const start = performance.now();
  let detail = '';
  try {
    await new Case(references, scenario, one).play();
  } catch (error) {
    detail = error instanceof Mismatch ? error.message : `failed: ${error.stack ?? error}`;
  }
  count[detail === '' ? 'passed' : 'failed'] += 1;
  const ms = Math.round(performance.now() - start);
  say({ scenario: scenario.name, case: one.name, ok: detail === '', detail: detail.slice(0, 1000), ms });
}

class Case {
  #references;
  #scenario;
  #case;
  #memory = new Map();
  #listeners = new Map();

  constructor(references, scenario, one) {
    this.#references = references;
    this.#scenario = scenario;
    this.#case = one;
  }

  async play() {
    for (const step of this.#case.steps ?? [this.#case]) {
      if (step.pause_ms !== undefined) await sleep(step.pause_ms);
      else if (step.events !== undefined) await this.#events(fill(step, 0));
      else await this.#repeat(step);
    }
  }

  async #repeat(step) {
    const end = performance.now() + (step.within_ms ?? 0);
    for (;;) {
      try {
        const all = Array.from({ length: step.concurrent ?? 1 }, (_, index) => this.#call(fill(step, index)));
        await Promise.all(all);
        return;
      } catch (error) {
        if (performance.now() >= end) throw error;
        await sleep(100);
      }
    }
  }

  async #call(step) {
    const settings = { ...this.#scenario.reference, ...this.#case.reference, ...step.reference };
    const reference = await this.#references.get(this.#scenario.service, settings);
    const types = typesOf(step.descriptor);
    const args = step.args.map((tagged) => this.#argument(tagged));
    const outcome = await attempt(reference, step, types, args);
    check(step.expect, outcome, { memory: this.#memory, first: args[0], type: types[0] });
  }

  #argument(tagged) {
    return tagged.t === 'listener' ? this.#listener(tagged.id).object : argument(tagged);
  }

  #listener(id) {
    if (!this.#listeners.has(id)) {
      const heard = [];
      const changed = (event) => {
        heard.push(event);
        return `heard ${event}`;
      };
      this.#listeners.set(id, { heard, object: callback(Listener, { changed }) });
    }
    return this.#listeners.get(id);
  }

  async #events(step) {
    const { heard } = this.#listener(step.events);
    const end = performance.now() + step.within_ms;
    while (!isDeepStrictEqual(heard, step.expect)) {
      if (performance.now() >= end) throw new Mismatch(`heard ${heard}, want ${step.expect}`);
      await sleep(10);
    }
  }
}

/** The step with its placeholders filled in. */
function fill(step, index) {
  return JSON.parse(JSON.stringify(step).replaceAll('${run}', run).replaceAll('${index}', String(index)));
}

async function attempt(reference, step, types, args) {
  const start = performance.now();
  const outcome = { value: undefined, thrown: undefined, attachments: {}, ms: 0 };
  const options = { attachments: step.attachments, oneway: step.one_way ?? false };
  try {
    if (step.generic) {
      outcome.value = await reference.invokeGeneric(step.method, types, args, options);
    } else if (step.expect.attachments !== undefined) {
      Object.assign(outcome, await reference.exchange(step.method, types, args, options));
    } else {
      outcome.value = await reference.invoke(step.method, types, args, options);
    }
  } catch (error) {
    outcome.thrown = error;
  }
  outcome.ms = performance.now() - start;
  return outcome;
}

function check(expect, outcome, known) {
  if (outcome.ms > (expect.max_ms ?? Infinity)) throw new Mismatch(`took ${outcome.ms} ms`);
  if (outcome.ms < (expect.min_ms ?? 0)) throw new Mismatch(`took only ${outcome.ms} ms`);
  if (expect.exception !== undefined) checkException(expect.exception, outcome);
  else if (expect.error !== undefined) require(expect.error.includes(errorName(outcome.thrown)), outcome, expect.error);
  else if (expect.fails) require(outcome.thrown !== undefined, outcome, 'any failure');
  else checkValue(expect, outcome, known);
  for (const [key, want] of Object.entries(expect.attachments ?? {})) {
    if (outcome.attachments[key] !== want) throw new Mismatch(`attachment ${key} is ${outcome.attachments[key]}`);
  }
}

function checkValue(expect, outcome, { memory, first, type }) {
  require(outcome.thrown === undefined, outcome, 'no failure');
  if (expect.value !== undefined) same(outcome, argument(expect.value));
  else if (expect.same) same(outcome, first, type);
  else if (expect.remember !== undefined) memory.set(expect.remember, outcome.value);
  else if (expect.equals !== undefined) same(outcome, memory.get(expect.equals));
  else if (expect.differs !== undefined) {
    require(!isDeepStrictEqual(outcome.value, memory.get(expect.differs)), outcome, 'anything else');
  }
}

function same(outcome, want, type) {
  const expected = comparable(want, type);
  const is = isDeepStrictEqual(comparable(outcome.value, type), expected);
  require(is, outcome, expected);
}

function checkException(want, outcome) {
  let thrown = outcome.thrown;
  for (let level = want; level !== undefined; level = level.cause, thrown = thrown.cause) {
    const is =
      thrown instanceof RemoteError &&
      thrown.javaClass === level.class &&
      (!('message' in level) || thrown.javaMessage === level.message) &&
      (!('contains' in level) || String(thrown.javaMessage).includes(level.contains)) &&
      (!('code' in level) || thrown.fields.code === level.code);
    require(is, outcome, level);
  }
}

const NAMES = { 2: 'NETWORK', 4: 'BIZ', 5: 'FORBIDDEN', 6: 'SERIALIZATION', 7: 'NO_INVOKER_AVAILABLE_AFTER_FILTER', 8: 'LIMIT_EXCEEDED', 101: 'SERIALIZATION', 104: 'NETWORK' };

function errorName(thrown) {
  if (!(thrown instanceof DubboError) || thrown instanceof RemoteError) return 'none';
  return thrown.isTimeout ? 'TIMEOUT' : (NAMES[thrown.errno] ?? thrown.code);
}

function require(holds, outcome, want) {
  if (holds) return;
  const got = outcome.thrown === undefined ? outcome.value : `${errorName(outcome.thrown)} ${outcome.thrown}`;
  throw new Mismatch(`got ${short(got)}, want ${short(want)}`);
}

const short = (value) => inspect(value, { depth: 4, breakLength: Infinity, maxStringLength: 200 }).slice(0, 400);
