import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * What applications mostly keep as a hash or encrypted without the name saying so: what is only compared (passwords, tokens of
 * sessions and of an API), second factors, and whole bags of secrets. Told of only where clients may read it, which a hash
 * is not for either.
 */
const MOSTLY_SEALED: NamePatterns = [
  ...['password', 'passwd', 'pwd', 'user_password', 'account_password', 'login_password', 'token', '*_session_token'],
  ...['api_token', 'two_factor_*', '*_two_factor_*', '*_totp_*', '*_otp_*', '*_mfa_*', '*_2fa_*', '*_backup_code'],
  ...['*_recovery_code', '*_passcode'],
];
/** In these a bare `secret` is a second factor's. */
const SECOND_FACTORS: NamePatterns = ['*_two_factor_*', '*_totp_*', '*_mfa_*', '*_2fa_*'];
/** The plural says that it is more than one. */
const BAGS: readonly string[] = ['secrets', 'credentials'];

/** Is it something that applications mostly keep as a hash or encrypted, or that more than one secret is in? */
export function isMostlySealed(graph: SchemaGraph, column: EntityOf<'column'>, table: EntityOf<'table'>): boolean {
  return (
    BAGS.includes(column.name) ||
    isNamed(column.name, MOSTLY_SEALED) ||
    isNamed(table.name.name, SECOND_FACTORS) ||
    isSealedByLibrary(graph, column, table)
  );
}

/** What better-auth's plug-ins keep: the key it signs with is encrypted, the secret of a client is a hash. */
function isSealedByLibrary(graph: SchemaGraph, column: EntityOf<'column'>, table: EntityOf<'table'>): boolean {
  const siblings = graph.columns(table.id);
  const has = (name: string) => siblings.some((each) => isNamed(each.name, [name]));
  if (isNamed(table.name.name, ['jwks'])) return isNamed(column.name, ['private_key']) && has('public_key');
  return isNamed(table.name.name, ['oauth_client']) && isNamed(column.name, ['client_secret']) && has('skip_consent');
}
