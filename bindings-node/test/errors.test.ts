import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { DubboError, ErrorCodes, type ErrorName, RemoteError } from 'polydubbo';

test('names and numbers are those of the core', () => {
  const file = join(__dirname, '..', '..', '..', 'tests', 'vectors', 'error_codes.json');
  const core = JSON.parse(readFileSync(file, 'utf8')) as { name: ErrorName; number: number; rpc_code: number }[];
  assert.ok(core.length > 30);
  assert.deepEqual(Object.entries(ErrorCodes), core.map(({ name, number }) => [name, number]));
  for (const { name, rpc_code: rpcCode } of core) assert.equal(new DubboError(name, '').rpcCode, rpcCode, name);
});

test('an error shows its code, number, context and cause', () => {
  const cause = new Error('below');
  const error = new DubboError('Timeout', 'too late', { context: { service: 'a.B' }, cause });
  assert.ok(error instanceof Error);
  assert.deepEqual([error.name, error.code, error.errno, error.message], ['DubboError', 'Timeout', 3, 'too late']);
  assert.equal(error.context.service, 'a.B');
  assert.equal(error.cause, cause);
  assert.equal(error.isTimeout, true);
  assert.equal(error.isNetwork, false);
});

test('a remote error without a message shows its class', () => {
  const error = new RemoteError('com.acme.Oops');
  assert.equal(error.message, 'com.acme.Oops');
  assert.equal(error.javaMessage, null);
});
