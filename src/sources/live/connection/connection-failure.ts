import { SourceError } from '../../../errors.ts';
import { type ConnectionTarget, shownTarget } from './connection-target.ts';
import { redact } from './redact.ts';

interface DriverError {
  readonly code?: string;
  readonly message: string;
}

/** What went wrong with the database, in a sentence that says what to do; never with a secret in it. */
export function connectionFailure(error: unknown, target: ConnectionTarget): SourceError {
  const { code, message } = describe(error);
  const text = explain(code, message, target);
  return new SourceError(redact(text, [target.password]));
}

function describe(error: unknown): DriverError {
  if (error instanceof AggregateError && error.errors[0] !== undefined) return describe(error.errors[0]);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { message: String(message ?? error), ...(typeof code === 'string' ? { code } : {}) };
}

const isDirectSupabase = (host: string): boolean => /^db\.[a-z0-9]+\.supabase\.(?:co|net)$/.test(host);
const POOLER_HINT =
  'Direct Supabase hosts speak IPv6 only; use the session pooler instead (Connect → Session pooler: postgres.<ref>@aws-0-<region>.pooler.supabase.com:5432).';

function explain(code: string | undefined, message: string, target: ConnectionTarget): string {
  const where = shownTarget(target);
  const pooler = isDirectSupabase(target.host) ? ` ${POOLER_HINT}` : '';
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${where}: is the server running, and the port right?${pooler}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host ${target.host}. A paused or deleted Supabase project has no address either.${pooler}`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return `No network route to ${target.host}.${pooler}`;
    case 'ETIMEDOUT':
      return `${where} did not answer in time: a firewall, or a paused project.${pooler}`;
    case 'ECONNRESET':
    case 'EPIPE':
    case '57P01':
    case '57P02':
    case '08006':
      return `The connection to ${where} was closed while the catalog was read. Nothing was changed; try again.`;
    case '28P01':
      return `The server at ${where} refuses the password for user ${target.user}.`;
    case '28000':
      return `The server at ${where} refuses user ${target.user}: ${message}.`;
    case '3D000':
      return `There is no database ${target.database} at ${target.host}:${target.port}.`;
    case '53300':
      return `The server at ${where} has no free connection: ${message}.`;
    case '57P03':
      return `The server at ${where} is starting up or shutting down; try again in a moment.`;
    case '55P03':
      return `Another session holds a lock on the catalog of ${where} for longer than the audit waits. Try again when that migration is done.`;
    case '57014':
      return `A catalog query took longer than the time the audit allows itself. Nothing was changed; see --statement-timeout.`;
    case '25006':
      return `The server at ${where} refused a write: the audit runs read-only, so this is a bug of ddlint.`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate of ${target.host} is not signed by an authority known here. Give the authority with sslrootcert=FILE (Supabase: Database settings → SSL configuration), or use sslmode=require to encrypt without verifying.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${target.host} is for another host; sslmode=verify-ca checks only who signed it.`;
    default:
      break;
  }
  if (/does not support SSL/i.test(message))
    return `The server at ${where} speaks no TLS. For a server in your own network: sslmode=disable.`;
  if (/tenant or user not found/i.test(message)) {
    return `The pooler at ${target.host} knows no such project or user: the user name there is postgres.<project ref>, and the region in the host name must be the project's.`;
  }
  if (/timeout expired|timed out/i.test(message))
    return `${where} did not answer in time: a firewall, or a paused project.${pooler}`;
  if (/terminated unexpectedly|connection ended/i.test(message))
    return `The connection to ${where} was closed while the catalog was read. Nothing was changed; try again.`;
  return `The database at ${where} could not be read: ${message.split('\n')[0]}${code === undefined ? '' : ` (${code})`}.`;
}
