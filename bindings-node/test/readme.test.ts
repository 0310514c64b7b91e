/** The code of the README is code of the examples, which the package test runs. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(__dirname, '..', '..');
const examples = join(root, '..', 'examples', 'node');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('every block of code stands in an example', () => {
  const names = readdirSync(examples).filter((name) => name.endsWith('.mjs'));
  const sources = names.map((name) => readFileSync(join(examples, name), 'utf8'));
  const blocks = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code!);
  assert.ok(blocks.length >= 5);
  for (const block of blocks) {
    assert.ok(sources.some((source) => source.includes(block)), block);
  }
});

test('the headings are those of every binding', () => {
  const headings = [...readme.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, ['Install', 'Call', 'Serve', 'Types', 'Errors', 'Configuration']);
});
