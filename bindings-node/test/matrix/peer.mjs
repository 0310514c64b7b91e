// The Node peer of tests/matrix/README.md: a small Dubbo application that can be a provider or a consumer.

import { makeCalls } from './calls.mjs';
import { consume } from './consumer.mjs';
import { provokeAll } from './faults.mjs';
import { load } from './load.mjs';
import { provide } from './provider.mjs';

const KNOWN = new Set(
  ('role registry name port host heartbeat param url timeout retries scenarios scenario load seconds work calls window faults place').split(' '),
);

function parse(argv) {
  const options = { registry: 'N/A', name: 'node-peer', param: [], place: [] };
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i].replace(/^--/, '');
    if (!argv[i].startsWith('--') || !KNOWN.has(name) || argv[i + 1] === undefined) {
      throw new Error(`unknown or incomplete option ${argv[i]}`);
    }
    if (name === 'param' || name === 'place') options[name].push(argv[i + 1]);
    else options[name] = argv[i + 1];
  }
  options.parameters = byName(options.param);
  options.places = byName(options.place);
  return options;
}

function consumerOf({ load: rate, calls }) {
  if (calls !== undefined) return makeCalls;
  return rate === undefined ? consume : load;
}

function byName(pairs) {
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

const options = parse(process.argv.slice(2));
const roles = { provider: provide, consumer: consumerOf(options), faults: provokeAll };
const run = roles[options.role];
if (run === undefined) throw new Error('--role must be provider, consumer or faults');
await run(options);
