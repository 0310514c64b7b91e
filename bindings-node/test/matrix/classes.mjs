// The classes of tests/java-peer that both roles know. The constants of the enum are symbols, so that it travels in any
// place.

import { registerClass, registerEnum } from '../../dist/index.mjs';

const constants = ['RED', 'GREEN', 'BLUE'].map((name) => [name, Symbol(name)]);
registerEnum('io.polydubbo.peer.api.Color', Object.fromEntries(constants));

const PACKAGE = 'io.polydubbo.peer.api';

class Address {}
class Animal {}
class Dog extends Animal {}
class Node {}
class Page {}
class Scalars {}
class User {}

const beans = [
  [Address, { street: 'String', number: 'int' }],
  [Animal, { name: 'String', age: 'int', owner: 'Object' }],
  [Dog, { good: 'boolean', pups: `${PACKAGE}.Dog[]` }],
  [Node, { value: 'int', next: `${PACKAGE}.Node` }],
  [Page, { total: 'int', first: 'Object', items: 'List' }],
  [
    Scalars,
    {
      z: 'boolean',
      b: 'byte',
      s: 'short',
      i: 'int',
      j: 'long',
      d: 'double',
      c: 'char',
      zBox: 'Boolean',
      bBox: 'Byte',
      sBox: 'Short',
      iBox: 'Integer',
      jBox: 'Long',
      fBox: 'Float',
      dBox: 'Double',
      cBox: 'Character',
    },
  ],
  [
    User,
    {
      id: 'long',
      name: 'String',
      active: 'Boolean',
      score: 'double',
      color: `${PACKAGE}.Color`,
      address: `${PACKAGE}.Address`,
      addresses: `List<${PACKAGE}.Address>`,
      places: `Map<String, ${PACKAGE}.Address>`,
      tags: 'Set<String>',
      photo: 'byte[]',
      numbers: 'int[]',
      born: 'Date',
      balance: 'BigDecimal',
      anything: 'Object',
      friend: `${PACKAGE}.User`,
    },
  ],
];
for (const [type, fields] of beans) registerClass(type, { className: `${PACKAGE}.${type.name}`, fields });

/** Whether a value is an instance of one of them. */
export const isBean = (value) => beans.some(([type]) => value instanceof type);
