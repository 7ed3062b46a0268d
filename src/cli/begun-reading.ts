import { ConfigError } from '../errors.ts';
import { beginLive, type LiveCatalog, type LiveDatabase } from '../sources/live/live-catalog.ts';
import type { DatabaseUrl } from './database-url.ts';
import type { Io } from './io.ts';

/** A catalog that is being read. */
export interface BegunReading {
  readonly catalog: Promise<LiveCatalog>;
  /** Ends it, if it goes on still. */
  abandon(): void;
}

/** Begins to read a database while the configuration and the rules are loaded; Ctrl-C ends it in good order. */
export function beginReading(database: DatabaseUrl, timeout: number | undefined, io: Io): BegunReading {
  const abandoned = new AbortController();
  const catalog = io.interruptible((interrupted) => {
    const signal = AbortSignal.any([interrupted, abandoned.signal]);
    return named(database.from, () => beginLive({ url: database.url, ...milliseconds(timeout), signal }));
  });
  catalog.catch(() => undefined);
  return { catalog, abandon: () => abandoned.abort('abandoned') };
}

/** The option is in seconds. */
export function milliseconds(seconds: number | undefined): Pick<LiveDatabase, 'timeout'> {
  return seconds === undefined ? {} : { timeout: seconds * 1000 };
}

/** What is wrong with a URL is said of where it was found. */
export function named<T>(from: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${from}: ${error.message}`, { cause: error }) : error;
  }
}
