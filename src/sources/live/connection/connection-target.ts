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
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

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
  const parsed = parse(text);
  const host = parsed.searchParams.get('host') ?? decode(parsed.hostname, 'host');
  const isLocal = host === '' || host.startsWith('/') || LOCAL.has(host);
  const port = parsed.searchParams.get('port') ?? parsed.port;
  return {
    host: host === '' ? 'localhost' : host.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 5432 : portOf(port),
    user: decode(parsed.username, 'user name') || 'postgres',
    password: parsed.password === '' ? undefined : decode(parsed.password, 'password'),
    database: decode(parsed.pathname.replace(/^\//, ''), 'database name') || 'postgres',
    sslMode: sslModeOf(parsed.searchParams.get('sslmode'), parsed.searchParams.get('sslrootcert'), isLocal),
    sslRootCert: parsed.searchParams.get('sslrootcert') ?? undefined,
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

/** Without a word: local servers seldom have TLS, all others are asked for it. */
function sslModeOf(written: string | null, rootCert: string | null, isLocal: boolean): SslMode {
  if (written === null) return rootCert !== null ? 'verify-full' : isLocal ? 'prefer' : 'require';
  const mode = SSL_MODES.find((each) => each === written);
  if (mode === undefined)
    throw new ConfigError(`sslmode=${JSON.stringify(written)} is unknown; it is one of ${SSL_MODES.join(', ')}.`);
  // libpq: with a root certificate, require verifies it (docs 32.18.1).
  return mode === 'require' && rootCert !== null ? 'verify-ca' : mode;
}

/** For messages: host, port and database, never user or password. */
export function shownTarget({ host, port, database }: ConnectionTarget): string {
  return `${host}:${port}/${database}`;
}
