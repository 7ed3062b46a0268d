import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

const CLIENT_IDS: NamePatterns = ['*_client_id'];

/** How a sign-in provider is asked (OAuth 2.0, OpenID Connect), and the secret to ask with. */
const WAYS_TO_ASK: NamePatterns = [
  ...[
    '*_issuer',
    '*_issuer_url',
    '*_discovery_url',
    '*_discovery_endpoint',
    '*_discovery_document',
    '*_well_known_url',
  ],
  ...['*_authorization_url', '*_authorization_endpoint', '*_authorize_url', '*_token_url', '*_token_endpoint'],
  ...['*_user_info_url', '*_userinfo_url', '*_userinfo_endpoint', '*_user_info_endpoint', '*_jwks_uri', '*_jwks_url'],
  ...['*_jwks_endpoint', '*_oidc_config', '*_client_secret_*'],
];

/**
 * Is it the id under which a sign-in provider knows the application: a `client_id` in text beside the address where that provider is asked, or
 * the secret for it? The provider gave it, and no table of the schema has it, whatever other columns of that name refer to.
 */
export function isGivenByProvider(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  if (!isNamed(column.name, CLIENT_IDS) || typeClass(graph, column.type) !== 'text') return false;
  return graph.columns(column.relation).some(({ name }) => isNamed(name, WAYS_TO_ASK));
}
