import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DubboError, javaInterface } from 'polydubbo';

const describe = (...params: string[]) => javaInterface<{ m(...args: any[]): void }>('a.B', { m: params as any }).method('m');

test('types become descriptors as Java writes them', () => {
  for (const [type, descriptor] of [
    ['boolean', 'Z'],
    ['byte', 'B'],
    ['char', 'C'],
    ['short', 'S'],
    ['int', 'I'],
    ['long', 'J'],
    ['float', 'F'],
    ['double', 'D'],
    ['int[]', '[I'],
    ['byte[][]', '[[B'],
    ['String', 'Ljava/lang/String;'],
    ['string[]', '[Ljava/lang/String;'],
    ['java.util.List<java.lang.Long>', 'Ljava/util/List;'],
    ['Map<String, List<int[]>>', 'Ljava/util/Map;'],
    ['List<? extends com.acme.User>[]', '[Ljava/util/List;'],
    ['com.acme.Order$Line', 'Lcom/acme/Order$Line;'],
    [' List < Long > ', 'Ljava/util/List;'],
  ] as const) {
    assert.equal(describe(type).descriptor, descriptor, type);
  }
  assert.equal(describe('String', 'int', 'long[]').descriptor, 'Ljava/lang/String;I[J');
  assert.equal(describe().descriptor, '');
});

test('what is no type is refused with the reason', () => {
  for (const [type, reason] of [
    ['', /expected a class name/],
    ['List<', /expected a class name/],
    ['List<Long', /expected '>'/],
    ['int[', /expected '\]'/],
    ['void[]', /other than void/],
    ['User', /with its package/],
    ['constructor', /with its package/],
    ['com..acme', /not a Java class name/],
    ['int int', /the end of the type/],
    [`${'List<'.repeat(40)}int${'>'.repeat(40)}`, /too deeply/],
  ] as const) {
    assert.throws(
      () => describe(type),
      (error) => error instanceof DubboError && error.code === 'InvalidArgument' && reason.test(error.message),
      type,
    );
  }
});

test('an interface knows its methods by TypeScript name and by Java signature', () => {
  interface Users {
    find(id: bigint): string;
    findByName(name: string, limit: number): string[];
  }
  const users = javaInterface<Users>('com.acme.Users', {
    find: ['long'],
    findByName: { name: 'find', params: ['String', 'int'], returns: 'List<String>' },
  });
  assert.equal(String(users.method('findByName')), 'find(java.lang.String, int)');
  assert.equal(users.find('find', 'J')?.key, 'find');
  assert.equal(users.find('find', 'Ljava/lang/String;I')?.key, 'findByName');
  assert.equal(users.find('find', 'I'), undefined);
  assert.throws(() => users.method('findAll'), (error) => error instanceof DubboError && error.code === 'MethodNotFound');
});

test('two methods with one Java signature are refused', () => {
  assert.throws(
    () => javaInterface<{ a(): void; b(): void }>('a.B', { a: { name: 'x', params: [] }, b: { name: 'x', params: [] } }),
    /two methods x\(\)/,
  );
});
