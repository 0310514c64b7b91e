// Calls com.acme.Shop, whoever serves it: node shop_consumer.mjs dubbo://127.0.0.1:9090
import { refer } from 'polydubbo';

import { Order, Shop, SoldOut } from './shop.mjs';

const [registry = 'dubbo://127.0.0.1:9090'] = process.argv.slice(2);
const shop = await refer(Shop, { registry, application: 'node-customer' });

console.log(`greet("Node")        -> ${await shop.call.greet('Node')}`);

const receipt = await shop.call.order(new Order('tea', 3));
console.log(`order(3 x tea)       -> receipt ${receipt.number} over ${receipt.total.toFixed(2)}`);

try {
  await shop.call.order(new Order('gold', 1));
} catch (error) {
  if (!(error instanceof SoldOut)) throw error;
  console.log(`order(1 x gold)      -> com.acme.SoldOutException: ${error.message}`);
}

const answers = await Promise.all(Array.from({ length: 100 }, (_, number) => shop.call.greet(`no. ${number}`)));
console.log(`100 calls at a time  -> ${answers.length} answers on one connection`);
await shop.close();
