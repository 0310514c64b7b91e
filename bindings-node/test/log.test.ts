import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DubboError, type LogRecord, onLog, refer } from 'polydubbo';

let port = 0;

/**
 * Nobody listens there: the library warns about it, unless the reference was closed before it noticed. Each time another
 * port, for connections are shared.
 */
async function knock(): Promise<void> {
  port += 1;
  const reference = await refer('com.acme.Nobody', { url: `dubbo://127.0.0.1:${port}`, check: false });
  await reference.close();
}

test('the log of the library reaches the listener, until it is taken away', async () => {
  const heard: LogRecord[] = [];
  onLog('warn', (record) => heard.push(record));
  while (heard.length === 0) await knock();
  assert.equal(heard[0]!.level, 'warn');
  assert.match(heard[0]!.target, /^polydubbo::/);
  assert.match(heard[0]!.message, /com\.acme\.Nobody/);
  onLog('none', (record) => heard.push(record));
  const count = heard.length;
  await knock();
  await new Promise(setImmediate);
  assert.equal(heard.length, count);
});

test('only what is as urgent as wanted is heard', async () => {
  const heard: LogRecord[] = [];
  onLog('error', (record) => heard.push(record));
  await knock();
  onLog('warn', (record) => heard.push(record));
  while (heard.length === 0) await knock();
  assert.equal(heard.filter(({ level }) => level === 'warn').length, heard.length);
  onLog('none');
});

test('a level that does not exist is refused', () => {
  assert.throws(() => onLog('loud' as any), (error) => error instanceof DubboError && error.code === 'InvalidArgument');
});
