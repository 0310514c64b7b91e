// References of a consumer: one for every distinct set of settings.

import { refer } from '../../dist/index.mjs';

const CALLBACKS = {
  callbacks: 1000,
  'tell.2.callback': true,
  'subscribe.1.callback': true,
  'unsubscribe.1.callback': false,
};

export class References {
  #options;
  #made = new Map();

  constructor(options) {
    this.#options = options;
  }

  get(service, settings = {}) {
    const key = JSON.stringify([service, settings]);
    if (!this.#made.has(key)) this.#made.set(key, this.#refer(service, settings));
    return this.#made.get(key);
  }

  #refer(service, settings) {
    const { registry, url, name, timeout = '10000', retries = '0', parameters } = this.#options;
    const where = url === undefined ? { registry } : { url };
    // A reference with a direct URL does not see the provider's settings and must know its callback parameters.
    const callbacks = url === undefined || !service.endsWith('.Behaviour') ? {} : CALLBACKS;
    return refer(service, { ...where, ...callbacks, application: name, timeout, retries, exact: true, ...parameters, ...settings });
  }

  async close() {
    for (const reference of this.#made.values()) await (await reference).close(1000);
  }
}
