/** The declarations, as a user's compiler sees them. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(__dirname, '..', '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--target', 'es2022', '--types', 'node'];

function compile(file: string, ...options: string[]): void {
  try {
    execFileSync(process.execPath, [tsc, join(root, 'test', 'types', file), ...STRICT, ...options], { cwd: root, encoding: 'utf8' });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
}

test('samples compile, and what is wrong does not', () => {
  compile('samples.ts', '--noEmit', '--module', 'node16');
});

test('the older decorators work, too', () => {
  const out = mkdtempSync(join(root, 'build', 'legacy-'));
  try {
    compile('legacy.ts', '--experimentalDecorators', '--module', 'node16', '--rootDir', join(root, 'test', 'types'), '--outDir', out);
    const said = execFileSync(process.execPath, [join(out, 'legacy.js')], { encoding: 'utf8' });
    assert.equal(said, 'legacy decorators work\n');
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('an ESM project gets the same declarations', () => {
  const out = mkdtempSync(join(root, 'build', 'esm-'));
  try {
    writeFileSync(join(out, 'a.mts'), "import pd, { Server, refer } from 'polydubbo';\nexport const all = [pd, Server, refer];\n");
    execFileSync(process.execPath, [tsc, join(out, 'a.mts'), ...STRICT, '--noEmit', '--module', 'nodenext'], { cwd: root, encoding: 'utf8' });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  } finally {
    rmSync(out, { recursive: true });
  }
});
