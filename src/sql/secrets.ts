/** What stands in a secret's place. */
export const REDACTED = '[secret]';

/**
 * What gives itself away as a key or password wherever it stands: in a trigger's arguments, a function's body, a comment. The
 * first group is kept.
 */
const SECRETS: readonly RegExp[] = [
  // A JSON web token's signature: Supabase's service key as webhooks carry it.
  /\b(eyJ[\w-]{8,1024}\.eyJ[\w-]{8,4096}\.)[\w-]{16,}/g,
  /\b(sb_secret_|sk_live_|sk_test_|rk_live_|whsec_|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abprs]-|SG\.|sk-)[\w-]{16,}/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\b(AIza)[\w-]{35}\b/g,
  // The password of a connection URL.
  /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@'"]{1,63}:)[^\s@'"]{1,256}(?=@)/gi,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g,
];

/** The text with a mark in place of each secret. The same text gives the same. */
export function withoutSecrets(text: string): string {
  if (text.length < 12) return text;
  return SECRETS.reduce((left, secret) => left.replace(secret, `$1${REDACTED}`), text);
}

/** The same, each secret by as many signs as it has, so that places in the text stay where they are. */
export function withSecretsHidden(text: string): string {
  if (text.length < 12) return text;
  return SECRETS.reduce(
    (left, secret) => left.replace(secret, (whole, kept = '') => kept + '•'.repeat(whole.length - kept.length)),
    text,
  );
}

/** A credential that stands in a text, and whose it is. */
export interface FoundSecret {
  readonly of: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Live credentials that tell by themselves what they are; those of a demonstration and of tests are none. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/\bsb_secret_[\w-]{20,}/g, 'a secret API key of Supabase, which passes row security'],
  [/\b[sr]k_live_[A-Za-z0-9]{20,}/g, 'a live secret key of Stripe'],
  [/\bwhsec_[A-Za-z0-9+/]{24,}/g, 'a signing secret of webhooks'],
  [/\bgh[pos]_[A-Za-z0-9]{36}\b/g, 'an access token of GitHub'],
  [/\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{50,}/g, 'an access token of GitHub'],
  [/\bglpat-[\w-]{20,}/g, 'an access token of GitLab'],
  [/\bxox[abprs]-\d+-[\w-]{20,}/g, 'a token of Slack'],
  [/\bSG\.[\w-]{20,}\.[\w-]{40,}/g, 'an API key of SendGrid'],
  [/\bsk-(?:proj|ant|svcacct)-[\w-]{32,}/g, 'an API key of an AI provider'],
  [/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{100,}/g, 'a private key'],
];

const TOKEN = /\beyJ[\w-]{8,1024}\.(eyJ[\w-]{8,4096})\.[\w-]{16,}/g;
/** What stands where a key is to be put. */
const PLACEHOLDER = /x{6,}|0{8,}|1234567|your|example|placeholder|dummy|changeme|redacted/i;

/** The credentials in a text, in order. */
export function secretsIn(text: string): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  const add = (whole: string, start: number, of: string) => {
    if (PLACEHOLDER.test(whole) || new Set(whole).size < 12) return;
    found.push({ of, text: whole, start, end: start + whole.length });
  };
  for (const match of text.includes('eyJ') ? text.matchAll(TOKEN) : []) {
    const [whole, payload = ''] = match;
    const of = ofServiceRole(payload);
    if (of !== undefined) add(whole, match.index, of);
  }
  for (const [pattern, of] of CREDENTIALS) for (const match of text.matchAll(pattern)) add(match[0], match.index, of);
  return found.sort((a, b) => a.start - b.start);
}

/** Of a token of the API for the role that passes row security, not that of the demonstration which every local project has. */
function ofServiceRole(payload: string): string | undefined {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof claims !== 'object' || claims === null) return undefined;
  const { role, iss, ref } = claims as { readonly role?: unknown; readonly iss?: unknown; readonly ref?: unknown };
  if ((role !== 'service_role' && role !== 'supabase_admin') || iss === 'supabase-demo') return undefined;
  const project = typeof ref === 'string' && /^[a-z0-9]{8,40}$/.test(ref) ? ` of the project ${ref}` : '';
  return `the ${role} key${project}, with which everything may be read and written past row security`;
}
