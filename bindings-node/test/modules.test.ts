/** However the package is loaded, there is one of everything. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const load = createRequire(__filename);

test('CommonJS and ESM give the same objects under the same names', async () => {
  const cjs = load('polydubbo') as Record<string, unknown>;
  // TypeScript would turn import() into require() here.
  const esm = (await new Function('return import("polydubbo")')()) as Record<string, unknown>;
  const names = Object.keys(cjs).filter((name) => name !== '__esModule');
  assert.deepEqual(Object.keys(esm).sort(), [...names, 'default'].sort());
  for (const name of names) assert.equal(esm[name], cjs[name], name);
  assert.equal(esm.default, cjs);
});

test('nothing internal is exported', () => {
  assert.throws(() => load('polydubbo/dist/internal/native.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  assert.equal((load('polydubbo/package.json') as { name: string }).name, 'polydubbo');
});
