/** What the library logs, for the logger of the program. */

import { invalid } from './errors';
import { nativeModule } from './internal/native';

/** How detailed a record is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** One record. */
export interface LogRecord {
  readonly level: LogLevel;
  /** The part of the library that wrote it, for example `polydubbo::exchange`. */
  readonly target: string;
  readonly message: string;
}

const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug', 'trace'];

let listener: ((record: LogRecord) => void) | undefined;

/**
 * Hands everything that the library logs, up to `level`, to a function. There is one listener in a process; `'none'`
 * takes it away. By default nothing is logged.
 *
 * ```ts
 * onLog('info', ({ level, target, message }) => logger[level](`${target}: ${message}`));
 * ```
 */
export function onLog(level: LogLevel | 'none', listen: (record: LogRecord) => void = () => undefined): void {
  const number = level === 'none' ? 0 : LEVELS.indexOf(level) + 1;
  if (number === 0 && level !== 'none') throw invalid(`no such log level: ${String(level)}`);
  listener = listen;
  if (!nativeModule().listenToLog(number, take)) throw invalid('another part of this process takes the log already');
}

/** Runs on the loop. What a listener throws is its own fault and shows as an uncaught exception, after all records. */
function take(): void {
  const { records, dropped } = nativeModule().takeLog();
  if (dropped > 0) {
    const message = `${dropped} records were dropped: the listener is too slow`;
    records.push({ level: 'warn', target: 'polydubbo', message });
  }
  for (const record of records) {
    try {
      listener?.(record);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
