// Calls com.acme.Greeter: node consumer.mjs [address], where the address is a provider or a registry.
import { DubboError, RemoteError, attach, refer } from 'polydubbo';

import { Greeter, UnknownName } from './greeter.mjs';

const [address = 'dubbo://127.0.0.1:20880'] = process.argv.slice(2);
const where = address.startsWith('dubbo://') ? { url: address } : { registry: address };
const greeter = await refer(Greeter, { ...where, version: '1.0.0', timeout: 3000 });

console.log(await greeter.call.sayHello('world'));

const greeting = await greeter.call.greet('Ann', [1n, 2n, 3n]);
console.log(greeting.text, greeting.at instanceof Date);

const reply = await greeter.callWithReply('greet', ['Bob', []]);
console.log(reply.attachments.served);

await attach({ 'trace-id': '42' }, () => greeter.with({ timeout: 500, retries: 0 }).sayHello('again'));

try {
  await greeter.call.greet('Nobody', []);
} catch (error) {
  if (error instanceof UnknownName) console.log(`unknown: ${error.wanted}`);
  else if (error instanceof RemoteError) console.log(error.formatJavaStack());
  else if (error instanceof DubboError && error.isTimeout) console.log('too slow');
  else throw error;
}

await greeter.close();
