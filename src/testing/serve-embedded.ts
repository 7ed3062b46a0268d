import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { EmbeddedPostgres } from './embedded-postgres.ts';

export interface ServedPostgres {
  /** As any client connects; the server asks for no password. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Embedded Postgres over the wire, on a free port of localhost: what speaks to it is `pg` itself. */
export async function serveEmbedded({ pglite }: EmbeddedPostgres): Promise<ServedPostgres> {
  const server = new PGLiteSocketServer({ db: pglite, host: '127.0.0.1', port: 0, maxConnections: 8 });
  await server.start();
  return { url: `postgresql://postgres@${server.getServerConn()}/postgres?sslmode=disable`, stop: () => server.stop() };
}
