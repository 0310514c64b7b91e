/**
 * What is in flight in this environment: calls, starts, stops; and whether it keeps the process alive.
 *
 * The native module queues what happens and wakes this loop once; one turn takes a batch. An idle client does not keep
 * the process alive, a call in flight and a running server do.
 */

import { type Bridge, onWake } from './native';

/** Somebody who waits for the outcome of a request to the native module. */
export interface Waiting {
  resolve(value: any, attachments: readonly unknown[] | undefined): void;
  reject(error: unknown): void;
}

/** Events taken in one turn, so that other work of the loop is not held up. */
const BATCH = 512;

/** Who waits, by token. Every request that is accepted is settled exactly once, which frees its token for another. */
const waiting: (Waiting | undefined)[] = [];
const free: number[] = [];
/** Servers that run, and `ref()` of users. */
let held = 0;
let isAlive = false;

/** Registers somebody who waits and gives the token that names the request. */
export function wait(bridge: Bridge, who: Waiting): number {
  const token = free.pop() ?? waiting.length;
  waiting[token] = who;
  if (!isAlive) update(bridge);
  return token;
}

/** Takes the token back. */
function takeBack(token: number): Waiting | undefined {
  const who = waiting[token];
  if (who === undefined) return undefined;
  waiting[token] = undefined;
  free.push(token);
  return who;
}

/** Forgets a request that was never accepted. */
export function forget(bridge: Bridge, token: number): void {
  takeBack(token);
  update(bridge);
}

/** Keeps the process alive until {@link release}. */
export function hold(bridge: Bridge): void {
  held += 1;
  update(bridge);
}

export function release(bridge: Bridge): void {
  held -= 1;
  update(bridge);
}

/** A request of the native module as a promise; `start` hands the token over and may throw. */
export function request<T>(bridge: Bridge, start: (token: number) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const token = wait(bridge, { resolve, reject });
    try {
      start(token);
    } catch (error) {
      forget(bridge, token);
      reject(error);
    }
  });
}

/** Settles a request. */
export function settle(token: number, isError: boolean, value: unknown, attachments: unknown[] | undefined): void {
  const who = takeBack(token);
  if (isError) who?.reject(value);
  else who?.resolve(value, attachments);
}

function drain(bridge: Bridge): void {
  const more = bridge.drain(BATCH);
  update(bridge);
  // No wake-up comes while the queue is not empty.
  if (more) setImmediate(drain, bridge);
}

function update(bridge: Bridge): void {
  const alive = waiting.length - free.length + held > 0;
  if (alive === isAlive) return;
  isAlive = alive;
  bridge.keepAlive(alive);
}

onWake(drain, settle);
