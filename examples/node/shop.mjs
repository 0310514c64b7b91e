// The Java interface com.acme.Shop and its classes, as both sides of this example see them.
import { javaInterface, registerClass, registerException } from 'polydubbo';

export class Order {
  constructor(item, quantity) {
    this.item = item;
    this.quantity = quantity;
  }
}
registerClass(Order, { className: 'com.acme.Order', fields: { item: 'String', quantity: 'int' } });

export class Receipt {
  constructor(number, total) {
    this.number = number;
    this.total = total;
  }
}
registerClass(Receipt, { className: 'com.acme.Receipt', fields: { number: 'long', total: 'double' } });

/** The shop has none of it. */
export class SoldOut extends Error {}
registerException(SoldOut, { className: 'com.acme.SoldOutException' });

export const Shop = javaInterface('com.acme.Shop', {
  greet: { params: ['String'], returns: 'String' },
  order: { params: ['com.acme.Order'], returns: 'com.acme.Receipt' },
});
