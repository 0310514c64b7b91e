// A worker thread: starts, calls, and is terminated or ends with a call in flight.
import { parentPort, workerData } from 'node:worker_threads';
import { refer } from 'polydubbo';

const { port, how } = workerData;
const slow = await refer('com.acme.Slow', { url: `dubbo://127.0.0.1:${port}`, timeout: 30000, retries: 0 });
let answer = await slow.invoke('wait', ['int'], [1]);
if (how === 'many') {
  const answers = await Promise.all(Array.from({ length: 100 }, () => slow.invoke('wait', ['int'], [1])));
  answer = answers.length;
}
if (how === 'end' || how === 'many') {
  await slow.close();
} else {
  for (let i = 0; i < 20; i += 1) slow.invoke('wait', ['int'], [10000]).catch(() => {});
}
parentPort.postMessage(answer);
if (how === 'exit') process.exit(3);
