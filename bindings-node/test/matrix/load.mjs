// Load mode: calls at a steady rate; latency counts from the moment each call was due.

import { References } from './references.mjs';

const KEPT_FAILURES = 20;

export async function load(options) {
  const rate = Number(options.load);
  const total = rate * Number(options.seconds ?? 10);
  const work = Number(options.work ?? 0);
  const references = new References(options);
  const service = await references.get('io.polydubbo.peer.api.Behaviour');
  await service.invoke('hello', ['String'], ['warm-up']);
  process.stdout.write('READY\n');
  const state = { started: 0, succeeded: 0, failed: 0, micros: [], failures: [], stopped: false };
  process.stdin.resume().once('end', () => (state.stopped = true));
  process.stdin.unref?.();
  const call = (i) => (work === 0 ? service.invoke('hello', ['String'], [`n${i}`]) : service.invoke('sleep', ['long'], [work]));
  await pace(rate, total, call, state);
  report(state);
  await references.close();
  process.exit(state.failed === 0 ? 0 : 1);
}

async function pace(rate, total, call, state) {
  const begin = performance.now() + 50;
  const running = [];
  for (let i = 0; i < total && !state.stopped; ) {
    const now = performance.now();
    for (; i < total && begin + (i * 1000) / rate <= now; i += 1) running.push(one(call, i, begin + (i * 1000) / rate, state));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
}

async function one(call, index, due, state) {
  state.started += 1;
  try {
    await call(index);
    state.succeeded += 1;
  } catch (error) {
    state.failed += 1;
    if (state.failures.length < KEPT_FAILURES) state.failures.push(String(error).slice(0, 500));
  }
  state.micros.push(Math.round((performance.now() - due) * 1000));
}

function report({ started, succeeded, failed, micros, failures }) {
  const sorted = micros.sort((a, b) => a - b);
  const at = (quantile) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0;
  const line = { calls: started, succeeded, failed, p50_us: at(0.5), p99_us: at(0.99), max_us: at(1), failures };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
