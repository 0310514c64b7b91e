// Serves com.acme.Shop from Node; consumers in any language find it in the registry:
// node shop_provider.mjs dubbo://127.0.0.1:9090
import { Server } from 'polydubbo';

import { Receipt, Shop, SoldOut } from './shop.mjs';

const PRICES = new Map([['tea', 2.5], ['bread', 3.2]]);

class ShopService {
  #next = 1n;

  greet(name) {
    return `Hello ${name}, Node at your service`;
  }

  async order({ item, quantity }) {
    const price = PRICES.get(item);
    if (price === undefined) throw new SoldOut(`no ${item} today`);
    return new Receipt(this.#next++, quantity * price);
  }
}

const [registry = 'dubbo://127.0.0.1:9090'] = process.argv.slice(2);
const server = new Server({ port: 0, registry, application: 'node-shop' });
await server.export(Shop, new ShopService());
await server.start();
console.log(`READY ${server.url}`);
// Ends with whoever started this program.
process.stdin.resume().on('end', () => server.close());
