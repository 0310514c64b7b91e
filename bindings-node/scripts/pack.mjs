// Packs what is published: the package itself, without a binary, and the package with the native module for this
// platform. `--debug` takes the module that the source tree has instead of building a release. Prints both files.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { target } = createRequire(import.meta.url)('../dist/internal/native.js');
const source = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const out = join(root, 'npm');

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

function write(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, '..', 'LICENSE'), join(folder, 'LICENSE'));
}

function platformPackage(name) {
  const [os, cpu, abi] = name.split('-');
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  const { version, license, author, engines } = source;
  const libc = abi === 'gnu' ? { libc: ['glibc'] } : abi === 'musl' ? { libc: ['musl'] } : {};
  write(folder, {
    name: `polydubbo-${name}`,
    version,
    description: `The native module of polydubbo for ${name}`,
    license,
    author,
    engines,
    main: 'polydubbo.node',
    files: ['polydubbo.node'],
    os: [os],
    cpu: [cpu],
    ...libc,
  });
  copyFileSync(join(root, 'native', `polydubbo.${name}.node`), join(folder, 'polydubbo.node'));
  return folder;
}

function mainPackage(platforms) {
  const folder = join(out, 'polydubbo');
  mkdirSync(folder, { recursive: true });
  const { scripts: _, devDependencies: __, ...manifest } = source;
  const exact = Object.fromEntries(platforms.map((name) => [`polydubbo-${name}`, source.version]));
  write(folder, { ...manifest, optionalDependencies: exact });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(root, 'README.md'), join(folder, 'README.md'));
  return folder;
}

if (!process.argv.includes('--debug')) run(process.execPath, ['scripts/build-native.mjs', '--release']);
rmSync(out, { recursive: true, force: true });
for (const folder of [platformPackage(target()), mainPackage([target()])]) {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', out], { cwd: folder, encoding: 'utf8' });
  console.log(join(out, packed.trim().split('\n').at(-1)));
}
