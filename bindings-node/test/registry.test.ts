import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  DubboError,
  Field,
  JavaClass,
  JavaEnum,
  JavaException,
  JavaObject,
  RemoteError,
  decode,
  encode,
  registerClass,
  registerEnum,
  registerException,
} from 'polydubbo';

class Item {
  price = 0;
  total(): number {
    return this.price * 2;
  }
}
registerClass(Item, { className: 'com.acme.Item', fields: { price: 'double' } });

@JavaClass('com.acme.User')
class User {
  @Field('long') id!: bigint;
  @Field('String') name!: string;
  @Field({ type: 'List<com.acme.Item>', name: 'item_list' }) items!: Item[];
  @Field('Set<String>') tags!: Set<string>;
  @Field() friend: User | null = null;
  local = 'not sent';
}

@JavaClass('com.acme.Admin')
class Admin extends User {
  @Field('int') level!: number;
}

function user(): User {
  return Object.assign(new User(), { id: 7n, name: 'bob', items: [Object.assign(new Item(), { price: 2 })], tags: new Set(['a']) });
}

test('a registered class travels both ways', () => {
  const back = decode(encode(user())) as User;
  assert.ok(back instanceof User);
  assert.deepEqual(Object.keys(back), ['id', 'name', 'items', 'tags', 'friend']);
  assert.equal(back.id, 7n);
  assert.ok(back.items[0] instanceof Item);
  assert.equal(back.items[0]!.total(), 4);
  assert.deepEqual(back.tags, new Set(['a']));
  assert.ok(encode(user()).includes('item_list'));
});

test('a subclass inherits fields and keeps its own class', () => {
  const admin = Object.assign(new Admin(), user(), { level: 3 });
  const back = decode(encode(admin, 'com.acme.User')) as Admin;
  assert.ok(back instanceof Admin);
  assert.equal(back.level, 3);
  assert.equal(back.name, 'bob');
});

test('a plain object serves where the class is declared', () => {
  const back = decode(encode({ id: 1, name: 'al', items: [], tags: [] }, 'com.acme.User')) as User;
  assert.ok(back instanceof User);
  assert.equal(back.id, 1n);
});

test('instances may refer to themselves', () => {
  const lonely = user();
  lonely.friend = lonely;
  const back = decode(encode(lonely)) as User;
  assert.equal(back.friend, back);
  assert.ok(back instanceof User);
});

test('declared fields check what is sent and mend what peers send', () => {
  assert.throws(() => encode(Object.assign(user(), { id: 1.5 })), /\.id: 1.5 is not a safe integer/);
  const foreign = new JavaObject('com.acme.User', { id: 7, name: 'go', unknownField: 1, tags: ['x'] });
  const back = decode(encode(foreign)) as User;
  assert.equal(back.id, 7n);
  assert.deepEqual(back.tags, new Set(['x']));
  assert.ok(!('unknownField' in back));
});

test('a field that the sender does not know has the default of its Java type', () => {
  const back = decode(encode(new JavaObject('com.acme.Admin', { name: 'old' }))) as Admin;
  assert.deepEqual({ ...back }, { id: 0n, name: 'old', items: null, tags: null, friend: null, level: 0 });
});

test('neither constructors nor setters run', () => {
  let ran = 0;
  class Guarded {
    constructor() {
      ran += 1;
    }
    set value(_: number) {
      ran += 1;
    }
  }
  registerClass(Guarded, { className: 'com.acme.Guarded', fields: { value: 'int' } });
  const back = decode(encode(new JavaObject('com.acme.Guarded', { value: 5 }))) as any;
  assert.ok(back instanceof Guarded);
  assert.equal(Object.getOwnPropertyDescriptor(back, 'value')?.value, 5);
  assert.equal(ran, 0);
});

test('a class registered later is used from then on', () => {
  const bytes = encode(new JavaObject('com.acme.Late', { a: 1 }));
  assert.ok(decode(bytes) instanceof JavaObject);
  class Late {
    a!: number;
  }
  registerClass(Late, { className: 'com.acme.Late', fields: { a: 'int' } });
  assert.ok(decode(bytes) instanceof Late);
});

enum Color {
  RED = 'RED',
  GREEN = 'GREEN',
}
registerEnum('com.acme.Color', Color);

test('enums of text travel where they are declared', () => {
  const bytes = encode(Color.RED, 'com.acme.Color');
  assert.equal(decode(bytes), Color.RED);
  assert.throws(() => encode('BLUE', 'com.acme.Color'), /string is not a constant of com.acme.Color/);
  assert.deepEqual(decode(encode(new JavaEnum('com.acme.Color', 'BLUE'))), new JavaEnum('com.acme.Color', 'BLUE'));
});

test('enums of objects and symbols travel everywhere', () => {
  const Shape = { ROUND: Symbol('round'), SQUARE: Symbol('square') };
  registerEnum('com.acme.Shape', Shape);
  assert.deepEqual(decode(encode([Shape.ROUND, Shape.SQUARE])), [Shape.ROUND, Shape.SQUARE]);
  enum Level {
    LOW,
    HIGH,
  }
  registerEnum('com.acme.Level', Level);
  assert.equal(decode(encode(Level.HIGH, 'com.acme.Level')), Level.HIGH);
});

@JavaException('com.acme.NotFoundException')
class NotFound extends Error {
  @Field('long') userId!: bigint;
  constructor(message: string, userId: bigint) {
    super(message);
    this.userId = userId;
  }
}

test('registered exceptions travel both ways with their fields', () => {
  const back = decode(encode(new NotFound('no user', 7n))) as NotFound;
  assert.ok(back instanceof NotFound);
  assert.ok(back instanceof Error);
  assert.equal(back.message, 'no user');
  assert.equal(back.userId, 7n);
});

test('other exceptions arrive as RemoteError with class, message, cause and fields', () => {
  const sent = new RemoteError('com.acme.Oops', 'outer', {
    cause: new RemoteError('com.acme.Inner', 'inner'),
    fields: { code: 5 },
    stack: [{ declaringClass: 'com.acme.A', methodName: 'b', fileName: 'A.java', lineNumber: 3 }],
  });
  const back = decode(encode(sent)) as RemoteError;
  assert.ok(back instanceof RemoteError && back instanceof DubboError);
  assert.equal(back.message, 'com.acme.Oops: outer');
  assert.equal(back.javaClass, 'com.acme.Oops');
  assert.equal(back.fields.code, 5);
  assert.equal((back.cause as RemoteError).javaMessage, 'inner');
  assert.equal(back.formatJavaStack(), 'com.acme.Oops: outer\n\tat com.acme.A.b(A.java:3)\nCaused by: com.acme.Inner: inner');
  assert.equal(back.errno, 200);
});

test('an error without a Java class is a RuntimeException that names it', () => {
  const back = decode(encode(new TypeError('bad'))) as RemoteError;
  assert.equal(back.javaClass, 'java.lang.RuntimeException');
  assert.equal(back.javaMessage, 'TypeError: bad');
});

test('mistakes in registering are refused', () => {
  assert.throws(() => registerClass(class {}, { className: 'not a class', fields: {} }), /not a Java class name/);
  assert.throws(() => registerClass(class Other {}, { className: 'com.acme.User', fields: {} }), /registered already/);
  assert.throws(() => registerException(class {}, { className: 'com.acme.X' }), /not an error class/);
  assert.throws(() => registerEnum('com.acme.Empty', {}), /at least one/);
});
