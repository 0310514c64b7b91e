// Runs the compiled tests with Node's own runner; arguments narrow them down: `node scripts/test.mjs vectors`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../build/test/', import.meta.url));
const filters = process.argv.slice(2);
const files = readdirSync(build)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .map((name) => build + name);
// The limit is for tests that hang: on a busy machine the compiler alone needs more than a minute for all types.
const args = ['--expose-gc', '--test', '--test-timeout=240000', '--test-reporter=spec', ...files];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
