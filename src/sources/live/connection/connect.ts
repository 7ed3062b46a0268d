import type { Duplex } from 'node:stream';
import type { Client, Query } from 'pg';
import type { CatalogConnection } from '../catalog/catalog-connection.ts';
import { answersTo } from './answers.ts';
import { type BackendKey, requestCancel } from './cancel-request.ts';
import { connectionFailure } from './connection-failure.ts';
import { type ConnectionTarget, isLocalHost } from './connection-target.ts';
import { type TlsAttempt, tlsAttempts } from './tls.ts';

export interface ConnectOptions {
  /** Milliseconds to wait for the server to answer at all. */
  readonly timeout: number;
  /** Ends what the session does, and the session. */
  readonly signal?: AbortSignal;
}

/** One open session. `close` never throws. */
export interface OpenConnection extends CatalogConnection {
  readonly batch: NonNullable<CatalogConnection['batch']>;
  /** About the connection itself, a sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens one session for reading a catalog. The settings that make it safe are SET LOCAL by the reader: startup parameters do
 * not pass through a pooler.
 * @throws SourceError when there is no connection to be had
 */
export async function connect(given: ConnectionTarget, options: ConnectOptions): Promise<OpenConnection> {
  const pg = await loadPg();
  const attempts = tlsAttempts(given);
  for (const [index, tls] of attempts.entries()) {
    options.signal?.throwIfAborted();
    const client = new pg.Client({
      host: given.host,
      port: given.port,
      user: given.user,
      database: given.database,
      ...(given.password === undefined ? {} : { password: given.password }),
      ...(given.options === undefined ? {} : { options: given.options }),
      ssl: tls,
      application_name: 'ddlint',
      connectionTimeoutMillis: options.timeout,
    });
    // pg finds one in PGPASSWORD too.
    const target = { ...given, password: client.password || undefined };
    // Without a listener a connection lost between two queries would end the process.
    const lost = new Promise<never>((_, reject) => client.on('error', reject));
    lost.catch(() => undefined);
    try {
      await abortable(client.connect(), options.signal);
      return opened(client, pg.Query, target, tls, lost, options.signal);
    } catch (error) {
      hangUp(client);
      const hasNext = index + 1 < attempts.length;
      if (options.signal?.aborted || !hasNext || !isAboutTls(error, tls)) throw connectionFailure(error, target);
    }
  }
  throw connectionFailure(new Error('no attempt was made'), given);
}

/** Without a goodbye, for which a server that does not answer would be waited for. */
function hangUp(client: Client): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy();
}

/**
 * Where there is no navigator (Node 20), pg tells Node from Cloudflare by making a Response of fetch, which loads a whole HTTP
 * client: that took as long as pg itself. Later Nodes have a navigator that says so.
 */
async function loadPg(): Promise<typeof import('pg')['default']> {
  const lacksNavigator = !('navigator' in globalThis);
  if (lacksNavigator) Object.assign(globalThis, { navigator: { userAgent: 'Node.js' } });
  try {
    return (await import('pg')).default;
  } finally {
    if (lacksNavigator) Reflect.deleteProperty(globalThis, 'navigator');
  }
}

/** Only a refusal of TLS itself (or, for `allow`, of its absence) is worth the other attempt. */
function isAboutTls(error: unknown, tls: TlsAttempt): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return tls === false ? code === '28000' : /does not support SSL/i.test(message ?? '');
}

function opened(
  client: Client,
  query: typeof Query,
  target: ConnectionTarget,
  tls: TlsAttempt,
  lost: Promise<never>,
  signal: AbortSignal | undefined,
): OpenConnection {
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      signal?.throwIfAborted();
      return await Promise.race([abortable(work(), signal, () => cancel(client, target)), lost]);
    } catch (error) {
      throw connectionFailure(error, target);
    }
  };
  return {
    notes: notesOn(target, tls),
    query: async <Row>(sql: string) => (await run(() => client.query(sql))).rows as readonly Row[],
    // A simple query message: no named statement is left behind, and a pooler sees nothing out of the ordinary.
    batch(statements) {
      const asked = new query<object>(statements.join(';\n'));
      const end = new Promise<void>((resolve, reject) => void asked.on('end', () => resolve()).on('error', reject));
      end.catch(() => undefined);
      return answersTo(asked, statements.length, () =>
        run(() => {
          client.query(asked);
          return end;
        }),
      );
    },
    async close() {
      await Promise.race([client.end(), patience()]).catch(() => undefined);
    },
  };
}

const CLOSING = 2_000;

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, CLOSING).unref());
}

/** pg has them since ever, its types do not. */
function cancel(client: Client, { host, port }: ConnectionTarget): Promise<void> {
  const { processID, secretKey } = client as unknown as { readonly processID: number; readonly secretKey: number };
  const key: BackendKey = { processId: processID, secretKey };
  return requestCancel(host, port, key);
}

/** The promise, unless the signal comes first; then `stop` is waited for. */
async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  stop: () => Promise<void> = async () => undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => undefined);
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => void stop().then(() => reject(new Error(`interrupted: ${signal.reason}`)));
    signal.addEventListener('abort', abort, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    done.abort();
  }
}

function notesOn({ host, sslMode }: ConnectionTarget, tls: TlsAttempt): readonly string[] {
  if (isLocalHost(host)) return [];
  if (tls === false) {
    return sslMode === 'disable'
      ? []
      : [`The connection to ${host} is not encrypted: the server speaks no TLS. sslmode=require would have refused.`];
  }
  return tls.rejectUnauthorized === false
    ? [`The connection to ${host} is encrypted, but its certificate was not verified: sslmode=verify-full does that.`]
    : [];
}
