// The Java interface com.acme.Greeter, as both sides of this example see it.
import { javaInterface, registerClass, registerException } from 'polydubbo';

export class Greeting {
  text = '';
  at = new Date();
}
registerClass(Greeting, { className: 'com.acme.Greeting', fields: { text: 'String', at: 'Date' } });

export class UnknownName extends Error {
  constructor(name) {
    super(`nobody is called ${name}`);
    this.name = 'UnknownName';
    this.wanted = name;
  }
}
registerException(UnknownName, { className: 'com.acme.UnknownNameException', fields: { wanted: 'String' } });

export const Greeter = javaInterface('com.acme.Greeter', {
  sayHello: { params: ['String'], returns: 'String' },
  greet: { params: ['String', 'List<Long>'], returns: 'com.acme.Greeting' },
});
