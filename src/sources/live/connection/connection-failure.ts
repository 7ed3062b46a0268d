import { SourceError } from '../../../errors.ts';
import { type ConnectionTarget, secretsOf, shownTarget } from './connection-target.ts';
import { redact } from './redact.ts';

interface DriverError {
  readonly code?: string;
  readonly message: string;
}

/**
 * What went wrong with the database, in a sentence that says what to do; never with a secret in it. What went wrong as the
 * driver has it is `cause`.
 */
export function connectionFailure(error: unknown, target: ConnectionTarget): SourceError {
  const { code, message } = describe(error);
  const text = explain(code, message.replace(/\.$/, ''), target);
  return new SourceError(redact(text, secretsOf(target)), { cause: error });
}

/** The SQLSTATE or system code behind a failure. */
export function failureCode(error: unknown): string | undefined {
  return error instanceof SourceError ? describe(error.cause).code : undefined;
}

/** Did something that was being read go meanwhile? */
export function isFromChange(error: unknown): boolean {
  return error instanceof SourceError && GONE.test(describe(error.cause).message);
}

/** They have no code of their own (XX000). */
const GONE = /could not open relation with OID|cache lookup failed for/i;

function describe(error: unknown): DriverError {
  if (error instanceof AggregateError && error.errors[0] !== undefined) return describe(error.errors[0]);
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return { message: String(message ?? error), ...(typeof code === 'string' ? { code } : {}) };
}

const isDirectSupabase = (host: string): boolean => /^db\.[a-z0-9]+\.supabase\.(?:co|net)$/.test(host);
const isSupabasePooler = (host: string): boolean => /\.pooler\.supabase\.com$/.test(host);

const USE_POOLER =
  'Direct Supabase hosts speak IPv6 only. Without IPv6 here, take the session pooler: Connect → Session pooler in the dashboard (postgres.<project ref>@aws-….pooler.supabase.com:5432).';
const PAUSED = 'A paused project answers to nobody: restore it in the dashboard.';
const CLOSED = 'was closed while the catalog was read. Nothing was changed; try again.';

function explain(code: string | undefined, message: string, target: ConnectionTarget): string {
  const { host, user, database } = target;
  const where = shownTarget(target);
  const hints = isDirectSupabase(host) ? ` ${USE_POOLER}` : '';
  const isPooler = isSupabasePooler(host);
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${where}: is the server running, and the port right?${hints}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host ${host}, or no address for it here.${hints}${isDirectSupabase(host) ? ' A paused or deleted project has no address at all.' : ''}`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return `There is no route to ${host}.${hints}`;
    case 'ETIMEDOUT':
      return `${where} did not answer in time.${hints}${/supabase\.co/.test(host) ? ` ${PAUSED}` : ' A firewall in between?'}`;
    case 'ENOENT':
    case 'EACCES':
      return `There is no server at the socket ${host}/.s.PGSQL.${target.port}, or it is not for this user.`;
    case 'ECONNRESET':
    case 'EPIPE':
    case '57P01':
    case '57P02':
    case '08006':
      return `The connection to ${where} ${CLOSED}`;
    case '28P01':
      return `The server at ${where} refuses the password of ${user}. In a URL, characters such as # / ? @ % must be percent-encoded${isPooler || isDirectSupabase(host) ? '; Database → Settings in the dashboard sets a new one' : ''}.`;
    case '28000':
      return `The server at ${where} refuses ${user}: ${message}.`;
    case '3D000':
      return `There is no database ${database} at ${host}:${target.port}.`;
    case '53300':
      return `The server at ${where} has no connection to spare: ${message}.`;
    case '57P03':
      return `The server at ${where} is starting up or shutting down; try again in a moment.`;
    case '55P03':
      return `Another session holds a lock that reading the catalog of ${where} needs. Try again when it is done.`;
    case '57014':
      return `${where} took longer over the catalog than the audit waits (--timeout). Nothing was changed.`;
    case '25P03':
      return `The server at ${where} ended the session, since nothing was asked for too long. Nothing was changed; try again.`;
    case '42501':
      return `The role ${user} may not read what an audit needs: ${message}. Nothing was checked.`;
    case '25006':
      return `The server at ${where} refused a write. The audit never writes: this is a bug of ddlint.`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `Nobody known here vouches for the certificate of ${host}. Name the authority: sslrootcert=FILE in the URL (Supabase: Database → Settings → SSL configuration); or encrypt without verifying: sslmode=require.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${host} is for another host. sslmode=verify-ca asks only who signed it.`;
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired.`;
    default:
      return byMessage(message, target, hints) ?? unknownFailure(code, message, where);
  }
}

/** Poolers and pg itself have words and no codes. */
function byMessage(message: string, target: ConnectionTarget, hints: string): string | undefined {
  const { host, user } = target;
  const where = shownTarget(target);
  if (GONE.test(message))
    return `The schema at ${where} kept changing while it was read. Try again when the migration is done.`;
  if (/does not support SSL/i.test(message))
    return `The server at ${where} speaks no TLS: sslmode=disable goes without.`;
  if (/tenant or user not found/i.test(message)) {
    return `The pooler ${host} knows no ${user}. The user is postgres.<project ref>, and the host must be that of the project's own region: copy both from Connect in the dashboard. ${PAUSED}`;
  }
  if (/max client|too many clients|no more connections/i.test(message))
    return `The pooler at ${where} has no connection to spare: ${message}. Port 6543 shares them between transactions.`;
  if (/circuit ?breaker/i.test(message))
    return `The pooler at ${where} refuses connections for a while after failed ones (${message}). Check the password, wait, and try again.`;
  if (/password must be a string|no password supplied/i.test(message))
    return `The server at ${where} asks for a password of ${user}, and there is none in the URL.`;
  if (/nxdomain|eaddrnotavail|db_?termination|database.*unavailable/i.test(message))
    return `The pooler at ${where} cannot reach the database: ${message}. ${PAUSED}`;
  if (/timeout expired|timed out|timeout exceeded/i.test(message))
    return `${where} did not answer in time.${hints}${/supabase\.co/.test(host) ? ` ${PAUSED}` : ' A firewall in between?'}`;
  if (/terminated|connection ended|not queryable/i.test(message)) return `The connection to ${where} ${CLOSED}`;
  return undefined;
}

function unknownFailure(code: string | undefined, message: string, where: string): string {
  return `The database at ${where} could not be read: ${message.split('\n')[0]}${code === undefined ? '' : ` (${code})`}.`;
}
