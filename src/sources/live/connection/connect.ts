import type { Client } from 'pg';
import type { CatalogConnection } from '../catalog/catalog-connection.ts';
import { connectionFailure } from './connection-failure.ts';
import { type ConnectionTarget, connectionTarget, shownTarget } from './connection-target.ts';
import { type TlsAttempt, tlsAttempts } from './tls.ts';

export interface ConnectOptions {
  /** Milliseconds to wait for the server to answer at all. */
  readonly connectTimeout: number;
}

/** One open session. `close` never throws. */
export interface OpenConnection extends CatalogConnection {
  /** Host, port and database: what may be shown. */
  readonly shown: string;
  /** Said once where the server's certificate was not verified. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens one session for reading a catalog. The settings that make it safe are SET LOCAL by the reader: startup parameters do
 * not pass through a pooler.
 * @throws ConfigError for a URL that cannot be read, SourceError when there is no connection to be had
 */
export async function connect(url: string, options: ConnectOptions): Promise<OpenConnection> {
  const target = connectionTarget(url);
  const { default: pg } = await import('pg');
  const attempts = tlsAttempts(target);
  for (const [index, tls] of attempts.entries()) {
    const client = new pg.Client({
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      ...(target.password === undefined ? {} : { password: target.password }),
      ssl: tls,
      application_name: 'ddlint',
      connectionTimeoutMillis: options.connectTimeout,
    });
    try {
      await client.connect();
      return opened(client, target, tls);
    } catch (error) {
      client.removeAllListeners();
      const hasNext = index + 1 < attempts.length;
      if (!hasNext || !isAboutTls(error, tls)) throw connectionFailure(error, target);
    }
  }
  throw connectionFailure(new Error('no attempt was made'), target);
}

/** Only a refusal of TLS itself (or, for `allow`, of its absence) is worth the other attempt. */
function isAboutTls(error: unknown, tls: TlsAttempt): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return tls === false ? code === '28000' : /does not support SSL/i.test(message ?? '');
}

function opened(client: Client, target: ConnectionTarget, tls: TlsAttempt): OpenConnection {
  let lost: unknown;
  // Without a listener a lost connection between two queries would end the process.
  client.on('error', (error) => {
    lost = error;
  });
  return {
    shown: shownTarget(target),
    notes:
      tls !== false && target.sslMode === 'require'
        ? [`The connection to ${target.host} is encrypted; its certificate was not verified (sslmode=require).`]
        : [],
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
      if (lost !== undefined) throw connectionFailure(lost, target);
      try {
        const result = await client.query(sql, [...parameters]);
        return result.rows as readonly Row[];
      } catch (error) {
        throw connectionFailure(lost ?? error, target);
      }
    },
    async close() {
      await client.end().catch(() => undefined);
    },
  };
}
