// Count mode: makes so many calls, keeps nothing of them, and says how far it is.

import { RemoteError } from '../../dist/index.mjs';
import { References } from './references.mjs';

const REPORTS = 50;

export async function makeCalls(options) {
  const total = Number(options.calls);
  const every = Math.max(1, Math.floor(total / REPORTS));
  const references = new References(options);
  const service = await references.get('io.polydubbo.peer.api.Behaviour');
  let next = 0;
  let failed = 0;
  const work = async () => {
    while (next < total) {
      const index = next;
      next += 1;
      if (!(await one(service, index))) failed += 1;
      if ((index + 1) % every === 0) say({ calls: index + 1 });
    }
  };
  await Promise.all(Array.from({ length: Number(options.window ?? 32) }, work));
  say({ done: true, failed });
  await references.close();
  process.exitCode = failed === 0 ? 0 : 1;
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Every tenth call throws. True if the call went as it should. */
async function one(service, index) {
  const throws = index % 10 === 9;
  try {
    const got = await service.invoke(throws ? 'throwUnchecked' : 'hello', ['String'], [`n${index}`]);
    return got === `Hello, n${index}`;
  } catch (error) {
    return throws && error instanceof RemoteError;
  }
}
