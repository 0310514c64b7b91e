// How values become Java values and back, without any service: node types.mjs
import assert from 'node:assert/strict';
import { BigDecimal, Double, JavaObject, TypedMap, decode, encode, registerClass, registerEnum } from 'polydubbo';

class Order {
  total() {
    return this.lines.length;
  }
}
registerClass(Order, {
  className: 'com.acme.Order',
  fields: { id: 'long', lines: 'List<String>', price: 'BigDecimal', state: 'com.acme.State' },
});

// Constants of a Java enum by name. Symbols and objects travel as the enum everywhere, text only where it is declared.
registerEnum('com.acme.State', { OPEN: 'open', CLOSED: 'closed' });

const order = Object.assign(new Order(), { id: 7n, lines: ['tea'], price: new BigDecimal('12.340'), state: 'open' });
const back = decode(encode(order));
assert.ok(back instanceof Order);
assert.deepEqual([back.id, back.total(), String(back.price), back.state], [7n, 1, '12.340', 'open']);

// A class that nobody registered: an object without a prototype of yours, its Java class under `$class`.
const unknown = decode(encode(new JavaObject('com.acme.Unknown', { name: 'x' })));
assert.equal(`${unknown.$class} ${unknown.name}`, 'com.acme.Unknown x');

// Where nothing is declared, a value goes by what it is: 1 is an int, 1n a long. Say so if you mean something else.
encode([1, 1n, new Double(1), new TypedMap('java.util.TreeMap', [['a', 1]])]);

// What does not fit is refused before anything is sent, with its place.
assert.throws(() => encode([1, 300], 'byte[][]'), /expected byte\[\], got number/);
assert.throws(() => encode([1, 2 ** 40], 'List<Integer>'), /\[1\]: value 1099511627776 out of range for int/);
console.log('all types hold');
