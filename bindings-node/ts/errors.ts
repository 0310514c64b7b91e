/**
 * The errors of this package.
 *
 * Every error is a {@link DubboError} with `code`, a stable name, and `errno`, a number that means the same in every
 * language that PolyDubbo serves. An exception thrown by the remote method is a {@link RemoteError}, or the class that
 * was registered for the Java exception.
 */

/** Stable names and numbers of all errors; 1 to 99 are Dubbo's `RpcException` codes plus one. */
export const ErrorCodes = Object.freeze({
  Unknown: 1,
  Network: 2,
  Timeout: 3,
  Biz: 4,
  Forbidden: 5,
  Serialization: 6,
  NoInvokerAvailable: 7,
  LimitExceeded: 8,
  TimeoutTerminate: 9,
  Registry: 10,
  RouterCacheNotBuilt: 11,
  MethodNotFound: 12,
  Validation: 13,
  Authorization: 14,
  StatusSerialization: 101,
  StatusClientTimeout: 102,
  StatusServerTimeout: 103,
  StatusChannelInactive: 104,
  StatusBadRequest: 105,
  StatusBadResponse: 106,
  StatusServiceNotFound: 107,
  StatusServiceError: 108,
  StatusServerError: 109,
  StatusClientError: 110,
  StatusThreadPoolExhausted: 111,
  RemoteException: 200,
  InvalidArgument: 300,
  Closed: 301,
  Forked: 302,
  Unsupported: 303,
  Config: 304,
  AlreadyExported: 305,
  AbiMismatch: 306,
  InFlightLimit: 307,
  RegistryUnavailable: 400,
  RegistryAuthFailed: 401,
  RegistryNode: 402,
  Internal: 500,
  Panic: 501,
  HostCallback: 502,
  Cancelled: 503,
} as const);

/** Name of a kind of error. */
export type ErrorName = keyof typeof ErrorCodes;

const NAMES = new Map<number, ErrorName>(
  (Object.entries(ErrorCodes) as [ErrorName, number][]).map(([name, number]) => [number, name]),
);

/** Numbers that a Java caller would not see as what their range says. */
const RPC_CODES: Readonly<Record<number, number>> = { 101: 5, 102: 2, 103: 2, 301: 1, 307: 7 };

/** The base of all errors of this package. */
export class DubboError extends Error {
  /** Stable name of the kind of error, for example `'Timeout'`. */
  readonly code: ErrorName;
  /** Stable number of the kind of error, the same in every language. */
  readonly errno: number;
  /** Details about the place, for example `{ service: 'com.acme.Greeter' }`. */
  readonly context: Readonly<Record<string, string>>;

  constructor(code: ErrorName, message: string, options: { context?: Record<string, string>; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.errno = ErrorCodes[code];
    this.context = Object.freeze({ ...options.context });
  }

  /** The code of Dubbo's `RpcException` that a Java caller would see. */
  get rpcCode(): number {
    if (this.errno < 100) return this.errno - 1;
    if (this.errno >= 400 && this.errno < 500) return 9;
    return RPC_CODES[this.errno] ?? (this.errno >= 100 && this.errno < 200 ? 1 : 0);
  }

  /** True when no answer came in time. */
  get isTimeout(): boolean {
    return [3, 9, 102, 103].includes(this.errno);
  }

  /** True when the request could not be delivered, or the connection broke while it was pending. */
  get isNetwork(): boolean {
    return this.errno === 2 || this.errno === 104;
  }
}
DubboError.prototype.name = 'DubboError';

/** One frame of a Java stack trace. */
export interface StackFrame {
  readonly declaringClass: string;
  readonly methodName: string;
  readonly fileName: string | null;
  /** Negative when unknown; -2 for a native method, as in Java. */
  readonly lineNumber: number;
}

/** What a {@link RemoteError} may carry beside class and message. */
export interface RemoteErrorOptions {
  /** The cause; travels with the exception. */
  cause?: unknown;
  /** Further fields of the Java class, by their Java names. */
  fields?: Record<string, unknown>;
  /** Stack of the side that threw, innermost frame first. */
  stack?: readonly StackFrame[];
}

/**
 * An exception thrown by the remote method.
 *
 * Throw one in a service to send an exception of a Java class without a registered class of its own:
 * `throw new RemoteError('com.acme.NotFoundException', 'no such user')`.
 */
export class RemoteError extends DubboError {
  /** Java class name, for example `com.acme.NotFoundException`. */
  readonly javaClass: string;
  /** `getMessage()` of the exception. */
  readonly javaMessage: string | null;
  /** Stack of the remote side, innermost frame first. */
  readonly javaStack: readonly StackFrame[];
  /** The other fields of the Java object. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(javaClass: string, message: string | null = null, options: RemoteErrorOptions = {}) {
    const cause = options.cause === undefined || options.cause === null ? {} : { cause: options.cause };
    super('RemoteException', message === null ? javaClass : `${javaClass}: ${message}`, cause);
    this.javaClass = javaClass;
    this.javaMessage = message;
    this.javaStack = options.stack ?? [];
    this.fields = options.fields ?? {};
  }

  /** The remote stack as Java prints it, with all causes. */
  formatJavaStack(): string {
    const lines = [this.message, ...this.javaStack.map(frameLine)];
    const seen = new Set<unknown>([this]);
    let cause = this.cause;
    while (cause instanceof Error && !seen.has(cause)) {
      seen.add(cause);
      lines.push(`Caused by: ${cause.message}`);
      if (cause instanceof RemoteError) lines.push(...cause.javaStack.map(frameLine));
      cause = cause.cause;
    }
    return lines.join('\n');
  }
}
RemoteError.prototype.name = 'RemoteError';

function frameLine(frame: StackFrame): string {
  let place = frame.fileName ?? 'Unknown Source';
  if (frame.lineNumber === -2) place = 'Native Method';
  else if (frame.fileName !== null && frame.lineNumber >= 0) place = `${frame.fileName}:${frame.lineNumber}`;
  return `\tat ${frame.declaringClass}.${frame.methodName}(${place})`;
}

/** Builds the error for a number of the core; a number newer than this package is `Unknown`. */
export function errorFromCode(errno: number, message: string, context: Record<string, string> = {}): DubboError {
  return new DubboError(NAMES.get(errno) ?? 'Unknown', message, { context });
}

/** A mistake in the use of this package. */
export function invalid(message: string): DubboError {
  return new DubboError('InvalidArgument', message);
}

/**
 * Adds the place of a value to the message of an error on its way up: `args[1].items[3]: value 300 out of range`.
 */
export function located(error: unknown, step: string): unknown {
  if (!(error instanceof ValueError)) return error;
  error.prefix(step);
  return error;
}

/** A value that cannot be sent, or that does not fit what is declared. Its message names the place. */
export class ValueError extends DubboError {
  #place = '';
  readonly #text: string;

  constructor(text: string) {
    super('Serialization', text);
    this.#text = text;
  }

  /** @internal */
  prefix(step: string): void {
    this.#place = step + this.#place;
    this.message = `${this.#place}: ${this.#text}`;
  }
}
ValueError.prototype.name = 'ValueError';

/** A number that does not fit its Java type, found before anything is sent. */
export class ValueRangeError extends ValueError {}
ValueRangeError.prototype.name = 'ValueRangeError';
