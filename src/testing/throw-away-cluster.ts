import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A whole Postgres server of its own in a temporary folder, from the packages of Debian and the like. For tests only. */
export interface ThrowAwayCluster {
  readonly port: number;
  /** Of the bootstrap superuser `postgres`, who needs no password. */
  readonly url: string;
  /** Of any role and database; the password is what the test gave the role. */
  urlFor(role: string, password: string, database?: string): string;
  /** The authority that signed the server's certificate, which is for `localhost`; a file. Only with `tls`. */
  readonly authority: string;
  /** What the server wrote to its log. */
  log(): string;
  /** As a crash or a power failure would: the postmaster and all its backends are gone at once. */
  kill(): void;
  /** Stops the server and removes the folder. */
  stop(): Promise<void>;
}

/** Postgres refuses to run as root. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * initdb and a server on a free port of localhost. Roles log in with a password (scram-sha-256), but for `postgres`.
 * @param settings lines for postgresql.conf
 */
export async function startThrowAwayCluster(
  settings: readonly string[] = [],
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<ThrowAwayCluster> {
  const binaries = binariesFolder();
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-cluster-'));
  const data = join(folder, 'data');
  const identity = unprivileged();
  if (identity !== undefined) execFileSync('chown', [`${identity.uid}:${identity.gid}`, folder]);
  chmodSync(folder, 0o700);
  const options = { ...identity, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } } as const;
  const initdb = ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), initdb, { ...options, stdio: 'pipe' });
  execFileSync('sh', ['-c', `printf '%s\\n' "$1" > "$2/pg_hba.conf"`, 'sh', ACCESS, data], options);
  if (tls) execFileSync('sh', ['-ec', CERTIFICATES], { ...options, stdio: 'pipe' });

  const port = await freePort();
  const words = [
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1'],
    ...['unix_socket_directories=', 'shared_buffers=32MB', 'max_connections=30', `port=${port}`],
    ...(tls ? ['ssl=on', `ssl_cert_file=${folder}/server.pem`, `ssl_key_file=${folder}/server.key`] : []),
    ...settings,
  ].flatMap((each) => ['-c', each]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...words], { ...options, stdio: 'pipe' });
  watch(server, folder);
  const log: string[] = [];
  server.stderr.setEncoding('utf8').on('data', (chunk: string) => void log.push(chunk));
  server.stdout.resume();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await ready(server, join(binaries, 'pg_isready'), port, log);
  return {
    port,
    url,
    urlFor: (role, password, database = 'postgres') =>
      `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    authority: join(folder, 'authority.pem'),
    log: () => log.join(''),
    kill: () => void server.kill('SIGQUIT'),
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        // Immediate: nothing of it is kept.
        server.kill('SIGQUIT');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Ends the server, and its folder, when this process ends, however it does: a test runner kills its workers, and then no
 * handler of theirs runs. The watchman reads from this process until it is no more.
 */
function watch(server: ChildProcess, folder: string): void {
  const script = 'cat > /dev/null; kill -QUIT "$1" 2> /dev/null; sleep 1; rm -rf "$2"';
  const watchman = spawn('sh', ['-c', script, 'sh', String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C is for the whole group.
    detached: true,
  });
  watchman.unref();
  // A stopped server's number may be another's soon.
  server.once('exit', () => watchman.kill('SIGKILL'));
}

/** Below the folder: an authority, and a certificate of it for localhost. */
const CERTIFICATES = `
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=ddlint test authority' -keyout authority.key -out authority.pem
  openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout server.key -out server.csr
  printf 'subjectAltName=DNS:localhost' > server.ext
  openssl x509 -req -days 2 -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -extfile server.ext -out server.pem
  chmod 600 server.key`;

const ACCESS = ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'].join('\n');

/** The newest version there is. @throws Error where none is installed: tests on a real server are not optional */
function binariesFolder(): string {
  const versions = '/usr/lib/postgresql';
  const debian = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((each) => join(versions, each, 'bin'))
    : [];
  const folders = [...debian, '/usr/local/pgsql/bin', '/opt/homebrew/bin', ...(process.env.PATH ?? '').split(':')];
  const found = folders.find((each) => existsSync(join(each, 'initdb')) && existsSync(join(each, 'postgres')));
  if (found === undefined) throw new Error('These tests need a Postgres server: apt-get install postgresql');
  return found;
}

function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of UNPRIVILEGED) {
    try {
      const [uid, gid] = ['-u', '-g'].map((each) => Number(execFileSync('id', [each, name], { stdio: 'pipe' })));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // There is no such user here.
    }
  }
  throw new Error(`Postgres does not run as root, and there is none of the users ${UNPRIVILEGED.join(', ')}.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function ready(server: ChildProcess, isReady: string, port: number, log: readonly string[]): Promise<void> {
  const said = (): string => log.join('').slice(-4000);
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`The throw-away server ended:\n${said()}`);
    try {
      execFileSync(isReady, ['-h', '127.0.0.1', '-p', String(port), '-q'], { stdio: 'ignore' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`The throw-away server is not ready after 30 s:\n${said()}`);
}
