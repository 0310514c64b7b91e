// Compiled with experimentalDecorators, as Nest and others use them, and run by types.test.ts.

import { Field, JavaClass, decode, encode } from 'polydubbo';

@JavaClass('com.acme.Legacy')
class Legacy {
  @Field('long') id!: bigint;
  @Field({ type: 'String', name: 'full_name' }) name!: string;
}

const sent = Object.assign(new Legacy(), { id: 5n, name: 'x' });
const back = decode(encode(sent)) as Legacy;
if (!(back instanceof Legacy) || back.id !== 5n || back.name !== 'x') throw new Error('not the same');
console.log('legacy decorators work');
