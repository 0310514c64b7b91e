// Installs the packed packages into an empty project, as a user would, and runs the examples there.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'polydubbo-'));
const release = process.argv.includes('--release') ? [] : ['--debug'];
let tarballs;

const run = (command, ...args) => execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

before(() => {
  const packed = execFileSync(process.execPath, ['scripts/pack.mjs', ...release], { cwd: root, encoding: 'utf8' });
  tarballs = packed.trim().split('\n');
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', '--silent', ...tarballs);
  // The tests of the examples leave a link to the source tree there.
  const filter = (file) => basename(file) !== 'node_modules';
  cpSync(join(root, '..', 'examples', 'node'), project, { recursive: true, filter });
});
after(() => rmSync(project, { recursive: true, force: true }));

test('the packages hold what they should and nothing else', () => {
  const [platform, main] = tarballs.map((file) => run('tar', 'tzf', file).trim().split('\n').sort());
  assert.deepEqual(platform, ['package/LICENSE', 'package/package.json', 'package/polydubbo.node']);
  assert.ok(main.includes('package/README.md') && main.includes('package/LICENSE'));
  const odd = main.filter((name) => !/^package\/(dist\/.*\.(js|mjs|d\.ts|d\.mts)|package\.json|README\.md|LICENSE)$/.test(name));
  assert.deepEqual(odd, []);
});

test('both packages have one version, and so has the native module', () => {
  const version = (name) => JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')).version;
  const manifest = JSON.parse(readFileSync(join(project, 'node_modules/polydubbo/package.json'), 'utf8'));
  const [platform] = Object.keys(manifest.optionalDependencies);
  assert.equal(manifest.optionalDependencies[platform], manifest.version);
  assert.equal(version(platform), manifest.version);
  assert.equal(run('node', '-p', `require('${platform}').version()`).trim(), manifest.version);
});

test('it loads as CommonJS and as ESM', () => {
  assert.equal(run('node', '-p', "typeof require('polydubbo').refer").trim(), 'function');
  const esm = "import pd, { refer } from 'polydubbo'; console.log(typeof refer, pd.refer === refer)";
  assert.equal(run('node', '--input-type=module', '-e', esm).trim(), 'function true');
});

test('the examples run', async () => {
  assert.equal(run('node', 'types.mjs'), 'all types hold\n');
  const provider = spawn(process.execPath, ['provider.mjs', '0'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface(provider.stdout), 'line');
    const port = /port (\d+)/.exec(line)[1];
    const said = run('node', 'consumer.mjs', `dubbo://127.0.0.1:${port}`);
    const expected = ['Hello world', 'Hello Ann, your numbers add up to 6 true', 'by Node', 'unknown: Nobody', ''];
    assert.deepEqual(said.split('\n'), expected);
  } finally {
    provider.kill('SIGTERM');
  }
  assert.deepEqual(await once(provider, 'close'), [0, null]);
});

test('bundles that leave the package external run, as CommonJS and as ESM', () => {
  const esbuild = join(root, 'node_modules', '.bin', 'esbuild');
  for (const [format, file] of [['esm', 'bundle.mjs'], ['cjs', 'bundle.cjs']]) {
    run(esbuild, 'types.mjs', '--bundle', '--platform=node', `--format=${format}`, '--external:polydubbo', `--outfile=${file}`);
    assert.equal(run('node', file), 'all types hold\n');
  }
});

test('a missing native module is explained', () => {
  const manifest = JSON.parse(readFileSync(join(project, 'node_modules/polydubbo/package.json'), 'utf8'));
  const [platform] = Object.keys(manifest.optionalDependencies);
  rmSync(join(project, 'node_modules', platform), { recursive: true });
  assert.ok(!existsSync(join(project, 'node_modules', platform)));
  // Importing never fails; the first use does.
  const script = "const pd = require('polydubbo'); try { pd.encode(1) } catch (e) { console.log(e.code, e.message) }";
  const said = run('node', '-e', script);
  assert.match(said, /^Unsupported polydubbo has no native module for /);
  assert.match(said, new RegExp(`${platform}: Cannot find module`));
  assert.match(said, /delete\s+node_modules and package-lock.json/);
});
