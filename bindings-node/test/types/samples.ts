// Compiled by types.test.ts with strict settings: lines marked `@ts-expect-error` must not compile, all others must.

import { type Client, DubboError, Field, JavaClass, type Reference, Server, attach, context, javaInterface, refer } from 'polydubbo';

@JavaClass('com.acme.User')
class User {
  @Field('long') id!: bigint;
  @Field() name = '';
}

interface Users {
  find(id: bigint): Promise<User>;
  add(user: User, strict?: boolean): boolean;
  all(): User[];
  readonly constant: number;
}

const Users = javaInterface<Users>('com.acme.Users', {
  find: ['long'],
  add: { params: ['com.acme.User', 'boolean'], returns: 'boolean' },
  all: [],
});

// @ts-expect-error a method is missing
javaInterface<Users>('com.acme.Users', { find: ['long'], all: [] });
// @ts-expect-error one type per parameter
javaInterface<Users>('com.acme.Users', { find: ['long', 'int'], add: ['com.acme.User', 'boolean'], all: [] });
// @ts-expect-error the interface has no such method
javaInterface<Users>('com.acme.Users', { find: ['long'], add: ['com.acme.User', 'boolean'], all: [], other: [] });

async function use(): Promise<void> {
  const reference: Reference<Users> = await refer(Users, { url: 'dubbo://x:1', timeout: 5, 'heartbeat.timeout': 3000 });
  const found: User = await reference.call.find(1n);
  const added: boolean = await reference.with({ timeout: 5, signal: new AbortController().signal }).add(found);
  // @ts-expect-error a long is a bigint
  await reference.call.find(1);
  // @ts-expect-error no such method
  await reference.call.remove(1n);
  const reply = await reference.callWithReply('find', [1n]);
  const name: string = reply.value.name;
  const any = await reference.invoke('find', ['long'], [1n]);
  // @ts-expect-error what came is unknown until it is looked at
  const wrong: User = any;
  const client: Client<Users> = reference.call;
  void [added, name, wrong, client];
}

async function serve(): Promise<void> {
  const server = new Server({ port: 0 });
  const users = { find: async () => new User(), add: () => true, all: () => [] as User[] };
  await server.export(Users, users, { group: 'a', executes: 5 });
  // @ts-expect-error a method of the wrong type
  await server.export(Users, { ...users, add: () => 'yes' });
  // @ts-expect-error a method is missing
  await server.export(Users, { find: users.find });
  const { forcedCalls } = await server.close();
  const left: number | undefined = context()?.remaining;
  const text: string = attach({ trace: '1' }, () => 'x');
  void [forcedCalls, left, text];
}

try {
  void [use, serve];
} catch (error) {
  if (error instanceof DubboError && error.code === 'Timeout') throw error;
  // @ts-expect-error no such code
  if (error instanceof DubboError && error.code === 'Timout') throw error;
}
