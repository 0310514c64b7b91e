/** Finds and loads the native module, and shows it with types. Nothing else touches it by name. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { DubboError, errorFromCode } from '../errors';
import type { LogRecord } from '../log';
import { registry } from '../registry';
import { classFactory, listFactory, mapFactory } from './decode';
import { type Listener, events, interrupt, makeRoom, setFactory, setParts, values } from './plan';

/** What the native module calls; `src/bridge.rs` is the other side. */
interface Hooks {
  /** A class, list or map that the next plan contains. */
  readonly class: (shape: number, className: string, fields: string[]) => void;
  readonly list: (shape: number, type: string, exact: boolean) => void;
  readonly map: (shape: number, type: string, exact: boolean) => void;
  readonly bytes: (length: number) => Buffer;
  readonly room: (words: number, wides: number) => { words: Int32Array; longs: BigInt64Array };
  readonly parts: (parts: unknown[]) => void;
  readonly values: (...parts: unknown[]) => unknown[];
  readonly events: (...parts: unknown[]) => void;
  /** `context` alternates keys and values. */
  readonly error: (errno: number, message: string, context: string[]) => DubboError;
  /** The queue is no longer empty. */
  readonly wake: () => void;
}

/** A call that has arrived. */
export interface ArrivedCall {
  readonly id: number;
  readonly name: string;
  readonly descriptor: string;
  readonly args: unknown[];
  /** Keys and values in turn. */
  readonly attachments: readonly unknown[];
  readonly remote: string;
  readonly local: string;
  /** Milliseconds until the caller gives up; negative when it did not tell. */
  readonly remaining: number;
  /** Objects of the caller. */
  readonly callbacks: readonly NativeCallbackProxy[] | null;
}

/** An object of this side that may be passed as a parameter. */
export interface NativeCallback {
  readonly brand: unique symbol;
}

/** An object of the caller of a service. */
export interface NativeCallbackProxy {
  readonly index: number;
  readonly isOpen: boolean;
  readonly id: string;
  method(name: string, descriptor: string): number;
}

/** Positions of parameters and the objects passed there, in turn. */
export type CallbackList = (number | NativeCallback)[] | undefined;

/** A reference of the core. */
export interface NativeReference {
  readonly isAvailable: boolean;
  method(name: string, descriptor: string): number;
}

/** A server of the core. */
export interface NativeServer {
  readonly port: number;
  readonly address: string;
  readonly url: string;
  readonly running: number;
}

/** A registry of the core. */
export interface NativeRegistryServer {
  readonly port: number;
  readonly url: string;
}

/** A service that waits for its server. */
export interface NativeService {
  readonly brand: unique symbol;
}

/** Keys and values in turn; a value is text or one encoded value. */
export type AttachmentList = (string | Uint8Array)[] | undefined;

/** Makes a call as the tape says; its token is settled with the outcome. */
export type Submit = (tape: Uint8Array, length: number, attachments?: AttachmentList, callbacks?: CallbackList) => void;

/** The functions that run for every call. */
interface HotFunctions {
  encode(tape: Uint8Array, length: number, profile: number): Buffer;
  /** Decodes values until the body ends; call {@link decodeBody}. */
  decode(body: Uint8Array, flags: number): unknown[];
  /** Delivers what has happened; true when more is waiting. */
  drain(max: number): boolean;
  /** Answers a call with a value, or with an exception. */
  reply(call: number, tape: Uint8Array, length: number, isException: boolean, attachments: AttachmentList): void;
}

interface NativeBridge {
  functions(): HotFunctions;
  submitter(reference: NativeReference): Submit;
  defineClass(className: string, fields: readonly string[]): number;
  forgetClasses(): void;
  keepAlive(keep: boolean): void;
  refer(pairs: string[], custom: string[], token: number): void;
  callbackService(number: number, flags: number, interfaceName: string, methods: string[]): NativeCallback;
  callBack(proxy: NativeCallbackProxy, tape: Uint8Array, length: number, attachments: AttachmentList): void;
  cancel(token: number): void;
  closeReference(reference: NativeReference, timeout: number, token: number): void;
  service(number: number, flags: number, pairs: string[], custom: string[], methods: string[]): NativeService;
  startServer(pairs: string[], custom: string[], services: NativeService[], token: number): void;
  exportService(server: NativeServer, service: NativeService, token: number): void;
  setOnline(server: NativeServer, online: boolean, token: number): void;
  closeServer(server: NativeServer, token: number): void;
  startRegistry(host: string, port: number): NativeRegistryServer;
  closeRegistry(registry: NativeRegistryServer, token: number): void;
  /** Answers that the arguments of the call are wrong. */
  refuseArguments(call: number, message: string): void;
  /** Answers that the service could not run the call; a busy one sends consumers to another provider. */
  refuse(call: number, message: string, busy: boolean): void;
}

/** All native state of this environment. */
export type Bridge = NativeBridge & HotFunctions;

interface NativeModule {
  readonly version: () => string;
  readonly listenToLog: (level: number, wake: () => void) => boolean;
  readonly takeLog: () => { records: LogRecord[]; dropped: number };
  readonly Bridge: new (hooks: Hooks) => NativeBridge;
}

let loaded: Bridge | undefined;
let drain: ((bridge: Bridge) => void) | undefined;
let settle: Listener['settle'] | undefined;
let serve: ((bridge: Bridge, service: number, call: ArrivedCall) => void) | undefined;

/** What to do when the queue is no longer empty, and with what comes out of it. */
export function onWake(take: (bridge: Bridge) => void, settled: Listener['settle']): void {
  drain = take;
  settle = settled;
}

/** What to do with calls of services. */
export function onCall(call: (bridge: Bridge, service: number, call: ArrivedCall) => void): void {
  serve = call;
}

/** The bridge of this environment; the native module is loaded at the first use, so that importing the package never fails. */
export function native(): Bridge {
  loaded ??= start(nativeModule());
  return loaded;
}

let loadedModule: NativeModule | undefined;

/** The native module itself. */
export function nativeModule(): NativeModule {
  loadedModule ??= load();
  return loadedModule;
}

function start(module: NativeModule): Bridge {
  const listener: Listener = {
    settle: (token, isError, value, attachments) => settle?.(token, isError, value, attachments),
    called: (service, call) => serve?.(bridge, service, call),
    refused: (id, message) => bridge.refuseArguments(id, message),
  };
  const made = new module.Bridge({
    class: (shape, className, fields) => setFactory(shape, classFactory(className, fields)),
    list: (shape, type, exact) => setFactory(shape, listFactory(type, exact)),
    map: (shape, type, exact) => setFactory(shape, mapFactory(type, exact)),
    bytes: (length) => Buffer.allocUnsafe(length),
    room: makeRoom,
    parts: setParts,
    values,
    events: (...parts) => events(listener, parts),
    error: (errno, message, context) => errorFromCode(errno, message, pairs(context)),
    wake: () => drain?.(bridge),
  });
  const bridge: Bridge = Object.assign(made, made.functions());
  registry.onChange(() => bridge.forgetClasses());
  return bridge;
}

function pairs(list: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < list.length; i += 2) record[list[i] as string] = list[i + 1] as string;
  return record;
}

/** The native module's number of a class definition. */
export function defineClass(className: string, fields: readonly string[]): number {
  return native().defineClass(className, fields);
}

/** Decodes all values of a body. */
export function decodeBody(body: Uint8Array, flags: number): unknown[] {
  return interrupt(() => native().decode(body, flags));
}

/** Platform, processor and C library as they appear in package and file names: `linux-x64-gnu`. */
export function target(): string {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined;
}

function load(): NativeModule {
  const name = target();
  // A build in the source tree, then the package for this platform.
  const places = [join(__dirname, '..', '..', 'native', `polydubbo.${name}.node`), `polydubbo-${name}`];
  const failures: string[] = [];
  for (const place of places) {
    try {
      return require(place) as NativeModule;
    } catch (error) {
      failures.push(`  ${place}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new DubboError('Unsupported', explain(name, failures));
}

function explain(name: string, failures: readonly string[]): string {
  const built = join(__dirname, '..', '..', 'native');
  const found = existsSync(built) ? readdirSync(built).join(', ') : 'none';
  return [
    `polydubbo has no native module for ${name} (Node ${process.version}). Tried:`,
    ...failures,
    `Built here: ${found}.`,
    'If the package for this platform is missing although it exists, npm skipped an optional dependency: delete',
    'node_modules and package-lock.json and install again, without --omit=optional.',
  ].join('\n');
}
