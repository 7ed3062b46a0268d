import { ConfigError } from '../../../errors.ts';

/** libpq's sslmode (docs 32.18.4). pg's own reading of it differs, so it never sees the word. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Where to connect, as a connection URL says it. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Never printed. */
  readonly password: string | undefined;
  readonly database: string;
  readonly sslMode: SslMode;
  /** A file with certificate authorities, `system`, or undefined. */
  readonly sslRootCert: string | undefined;
  /** Command-line options for the server, `options=`: some hosts tell databases apart by them. */
  readonly options: string | undefined;
}

/**
 * Reads a connection URL as libpq does (docs 32.1.1.2): postgresql://user:password@host:port/database?sslmode=….
 * @throws ConfigError without the URL in it: it may hold a password
 */
export function connectionTarget(url: string): ConnectionTarget {
  const text = url.trim();
  if (/\[YOUR[-_ ]?PASSWORD\]/i.test(text)) {
    throw new ConfigError(
      'The connection URL still says [YOUR-PASSWORD]: put the database password there (percent-encoded).',
    );
  }
  if (!/^postgres(?:ql)?:\/\//i.test(text)) {
    throw new ConfigError(
      'The connection URL must begin with postgresql:// (user:password@host:port/database behind it).',
    );
  }
  if (/^[^/]*\/\/[^/?]*,/.test(text)) throw new ConfigError('The connection URL names several hosts; give one.');
  const parsed = parse(text);
  const given = (name: string): string | undefined => parsed.searchParams.get(name) ?? undefined;
  const host = (given('host') ?? decode(parsed.hostname, 'host')) || 'localhost';
  const port = given('port') ?? parsed.port;
  const user = given('user') ?? (decode(parsed.username, 'user name') || 'postgres');
  const password = given('password') ?? decode(parsed.password, 'password');
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 5432 : portOf(port),
    user,
    password: password === '' ? undefined : password,
    database: given('dbname') ?? (decode(parsed.pathname.replace(/^\//, ''), 'database name') || user),
    sslMode: sslModeOf(given('sslmode'), given('sslrootcert'), host),
    sslRootCert: given('sslrootcert'),
    options: given('options'),
  };
}

function parse(text: string): URL {
  try {
    // A special scheme gives host and port the checks of URLs; postgresql:// would not.
    return new URL(text.replace(/^postgres(?:ql)?:/i, 'postgresql:'));
  } catch {
    throw new ConfigError(
      'The connection URL cannot be read. Characters such as # / ? @ % in the password must be percent-encoded (# is %23, @ is %40).',
    );
  }
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError(`The ${what} in the connection URL is not percent-encoded: a lone % must be written %25.`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigError('The port in the connection URL is no number from 1 to 65535.');
  return port;
}

/** Hosts that all speak TLS: falling back from it would only serve who listens in. */
const ALWAYS_TLS = /\.supabase\.(?:co|com|net)$/;

/** libpq's default is `prefer`; a Unix socket has no TLS. */
function sslModeOf(written: string | undefined, rootCert: string | undefined, host: string): SslMode {
  if (host.startsWith('/')) return 'disable';
  if (written === undefined)
    return rootCert !== undefined ? 'verify-full' : ALWAYS_TLS.test(host) ? 'require' : 'prefer';
  const mode = SSL_MODES.find((each) => each === written);
  if (mode === undefined)
    throw new ConfigError(`sslmode=${JSON.stringify(written)} is unknown; it is one of ${SSL_MODES.join(', ')}.`);
  // libpq: with a root certificate, require verifies it (docs 32.18.1).
  return mode === 'require' && rootCert !== undefined ? 'verify-ca' : mode;
}

/** Is the server on this machine? */
export function isLocalHost(host: string): boolean {
  return host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
}

/** For messages: host, port and database, never user or password. */
export function shownTarget({ host, port, database }: ConnectionTarget): string {
  return `${host}:${port}/${database}`;
}

/** What no text may hold; a password that is also a name that is shown (postgres:postgres) cannot be told from it. */
export function secretsOf({ password, host, user, database }: ConnectionTarget): readonly string[] {
  return password === undefined || [host, user, database].includes(password) ? [] : [password];
}
