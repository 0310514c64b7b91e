/**
 * Settings: the names of this API, and the Dubbo URL keys that they mean.
 *
 * Every setting of Dubbo can be given under its own key as well (`'heartbeat.timeout': 3000`). The core checks keys and
 * values, and names the nearest known key for a misspelled one. Times are milliseconds, sizes bytes.
 */

import { DubboError } from './errors';
import type { DecodeOptions } from './internal/decode';
import type { JavaInterface } from './schema';

/** A value of a setting. */
export type Setting = string | number | boolean;

/** Settings that both sides of a service have, per service or per method. */
export interface MethodOptions {
  /** Time allowed for an attempt, in milliseconds (Dubbo's default: 1000). */
  timeout?: number;
  /** Further attempts after the first, for calls that may be repeated (Dubbo's default: 2). */
  retries?: number;
  /** `random` (default), and what else the core knows. */
  loadBalance?: string;
  /** Any other method setting by its Dubbo key. */
  [key: string]: Setting | undefined;
}

interface Common {
  /** Name of this application, shown in consoles and sent as `remote.application`. */
  application?: string;
  /** Registry address: `zookeeper://127.0.0.1:2181`, `dubbo://127.0.0.1:9090`; `N/A` for none. */
  registry?: string;
  /** Keys of your own, which travel in URLs but mean nothing to Dubbo. */
  parameters?: Readonly<Record<string, Setting>>;
}

/** Settings of a reference. */
export interface ReferenceOptions extends Common, DecodeOptions {
  /** Provider addresses instead of a registry: `dubbo://127.0.0.1:20880`, several separated by `;`. */
  url?: string;
  group?: string;
  version?: string;
  timeout?: number;
  retries?: number;
  /** Fail at once when no provider is there (default: true). */
  check?: boolean;
  cluster?: string;
  loadBalance?: string;
  /** Connect at the first call. */
  lazy?: boolean;
  /** Connections of this reference alone; 0 shares one with other references. */
  connections?: number;
  connectTimeout?: number;
  heartbeat?: number;
  /** Largest request or response body in bytes (default: 8 MiB). */
  payload?: number;
  /** Calls in flight at most; over it a call fails at once. */
  maxInFlight?: number;
  token?: string;
  /** Settings of single methods, by Java name. */
  methods?: Readonly<Record<string, MethodOptions>>;
  /** Any other setting by its Dubbo key. */
  [key: string]: unknown;
}

/** Settings of a server. */
export interface ServerOptions extends Common {
  /** Port to listen on: 0 takes a free one; default 20880. */
  port?: number;
  /** Address to listen on and to publish; all addresses, and the machine's own, by default. */
  host?: string;
  /** Connections at most. */
  accepts?: number;
  heartbeat?: number;
  payload?: number;
  /** Limit of the whole shutdown (default: 10000). */
  shutdownWait?: number;
  /** How long a stopping server keeps serving so that consumers can notice. */
  shutdownNotice?: number;
  /** Any other setting by its Dubbo key. */
  [key: string]: unknown;
}

/** Settings of a service. */
export interface ServiceOptions extends DecodeOptions {
  group?: string;
  version?: string;
  /** Published: the timeout that consumers use unless told otherwise. */
  timeout?: number;
  retries?: number;
  weight?: number;
  token?: string;
  /** Calls that may run at once; over it a call is refused before JavaScript sees it. */
  executes?: number;
  /** Calls of the service that JavaScript may work on at once (default: 1000); consumers of one more ask another provider. */
  maxCalls?: number;
  methods?: Readonly<Record<string, MethodOptions>>;
  parameters?: Readonly<Record<string, Setting>>;
  /** Any other setting by its Dubbo key. */
  [key: string]: unknown;
}

/** Names of this API that differ from Dubbo's key. */
const KEYS = new Map([
  ['loadBalance', 'loadbalance'],
  ['shareConnections', 'shareconnections'],
  ['connectTimeout', 'connect.timeout'],
  ['heartbeatTimeout', 'heartbeat.timeout'],
  ['maxInFlight', 'max.in.flight'],
  ['sendReconnect', 'send.reconnect'],
  ['idBits', 'id.bits'],
  ['tag', 'dubbo.tag'],
  ['threadPool', 'threadpool'],
  ['coreThreads', 'corethreads'],
  ['enableTimeoutCountdown', 'enable-timeout-countdown'],
  ['shutdownWait', 'shutdown.wait'],
  ['shutdownNotice', 'shutdown.notice'],
]);

/** What this package itself takes out of the options. */
const OWN = new Set(['methods', 'parameters', 'longs', 'maps', 'exact', 'maxCalls']);

/** Settings as the native module takes them: keys and values in turn. */
export interface Pairs {
  readonly known: string[];
  readonly custom: string[];
}

export function pairsOf(options: Readonly<Record<string, unknown>>, fixed: Readonly<Record<string, string>>): Pairs {
  const known: string[] = Object.entries(fixed).flat();
  for (const [name, value] of Object.entries(options)) {
    if (!OWN.has(name)) add(known, KEYS.get(name) ?? name, value);
  }
  for (const [method, settings] of Object.entries((options.methods as ReferenceOptions['methods']) ?? {})) {
    for (const [name, value] of Object.entries(settings)) add(known, `${method}.${KEYS.get(name) ?? name}`, value);
  }
  const custom: string[] = [];
  for (const [name, value] of Object.entries((options.parameters as Common['parameters']) ?? {})) add(custom, name, value);
  return { known, custom };
}

/** The settings that say which parameters are objects of the caller. */
export function callbackSettings(described: JavaInterface<any>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const method of described.methods) {
    for (const index of method.callbacks.keys()) settings[`${method.name}.${index}.callback`] = String(!method.releases);
  }
  return settings;
}

function add(pairs: string[], key: string, value: unknown): void {
  if (value === undefined) return;
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    throw new DubboError('Config', `${key} must be a text, a number or a boolean, not ${value === null ? 'null' : typeof value}`);
  }
  pairs.push(key, String(value));
}
