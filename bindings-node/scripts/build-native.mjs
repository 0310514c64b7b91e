// Builds the native module with cargo and puts it where the loader of a source tree looks for it.
// `--release` builds what is published.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const { target } = require('../dist/internal/native.js');
const release = process.argv.includes('--release');

const args = ['build', '--package', 'polydubbo-node', '--message-format', 'json-render-diagnostics'];
if (release) args.push('--release');
const cargo = spawnSync('cargo', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 });
if (cargo.status !== 0) process.exit(cargo.status ?? 1);

const library = cargo.stdout
  .split('\n')
  .filter((line) => line.includes('"compiler-artifact"') && line.includes('polydubbo_node'))
  .map((line) => JSON.parse(line))
  .filter((artifact) => artifact.target.name === 'polydubbo_node')
  .at(-1).filenames[0];
mkdirSync(new URL('../native/', import.meta.url), { recursive: true });
const place = fileURLToPath(new URL(`../native/polydubbo.${target()}.node`, import.meta.url));
// A running process may have the old file mapped: replace it, do not write into it.
copyFileSync(library, `${place}.new`);
renameSync(`${place}.new`, place);
console.log(place);
