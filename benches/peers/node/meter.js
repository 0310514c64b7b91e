'use strict';

// Warm-up, the measured window and CPU time: what `polydubbo-meter` does, for Node programs.

const fs = require('node:fs');
const { performance } = require('node:perf_hooks');

/** CPU nanoseconds of the living threads of a process; 0 when it is gone. */
function cpuNs(pid) {
  let total = 0;
  let tasks;
  try {
    tasks = fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return 0;
  }
  for (const task of tasks) {
    try {
      total += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // The thread ended between the two steps.
    }
  }
  return total;
}

/** Keeps `options.inFlight` calls in flight and returns the point. */
async function closed(call, options) {
  const run = { good: 0, bad: 0, stop: false, measuring: false, latencies: [] };
  const callers = Array.from({ length: options.inFlight }, () => caller(call, run));
  await sleep(options.warmup);
  const before = run.good;
  const own = cpuNs(process.pid);
  const peer = cpuNs(options.peerPid);
  const start = performance.now();
  run.measuring = true;
  await sleep(options.seconds);
  const seconds = (performance.now() - start) / 1000;
  const requests = run.good - before;
  const clientNs = (cpuNs(process.pid) - own) / Math.max(1, requests);
  const serverNs = (cpuNs(options.peerPid) - peer) / Math.max(1, requests);
  run.stop = true;
  await Promise.all(callers);
  return {
    requests,
    errors: run.bad,
    seconds,
    rate: requests / seconds,
    client_ns: clientNs,
    server_ns: serverNs,
    latency: latency(run.latencies),
  };
}

async function caller(call, run) {
  for (let count = 1; !run.stop; count++) {
    const timed = run.measuring && count % 16 === 0;
    const sent = timed ? performance.now() : 0;
    if (await call()) run.good++;
    else run.bad++;
    if (timed) run.latencies.push((performance.now() - sent) * 1000);
  }
}

function latency(microseconds) {
  if (microseconds.length === 0) return null;
  const sorted = microseconds.sort((a, b) => a - b);
  const at = (quantile) => sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
  return { samples: sorted.length, p50_us: at(0.5), p90_us: at(0.9), p99_us: at(0.99), p999_us: at(0.999), max_us: at(1) };
}

/** Nanoseconds of one call of `step` in the fastest of five windows. */
function best(step, seconds) {
  let fastest = Infinity;
  for (let window = 0; window < 6; window++) {
    const start = performance.now();
    const end = start + (seconds * 1000) / 5;
    let count = 0;
    while (performance.now() < end) {
      for (let index = 0; index < 100; index++) step();
      count += 100;
    }
    // The first window warms up.
    if (window > 0) fastest = Math.min(fastest, (performance.now() - start) / count);
  }
  return fastest * 1e6;
}

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The command line that all Node programs of the benchmark share. */
function options() {
  const found = { role: process.argv[2], target: '', inFlight: 1, payload: 256, warmup: 0.5, seconds: 1, peerPid: 0 };
  const names = {
    '--target': 'target',
    '--in-flight': 'inFlight',
    '--payload': 'payload',
    '--warmup': 'warmup',
    '--seconds': 'seconds',
    '--peer-pid': 'peerPid',
  };
  for (let index = 3; index < process.argv.length; index += 2) {
    const name = names[process.argv[index]];
    if (name === undefined) throw new Error(`unknown option ${process.argv[index]}`);
    const value = process.argv[index + 1];
    found[name] = name === 'target' ? value : Number(value);
  }
  return found;
}

/** The characters that are echoed. */
const text = (length) => Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');

module.exports = { best, closed, options, text };
