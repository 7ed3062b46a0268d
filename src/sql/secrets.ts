/** What stands in a secret's place. */
export const REDACTED = '[secret]';

/**
 * What gives itself away as a key or password wherever it stands: in a trigger's arguments, a function's body, a comment. The
 * first group is kept.
 */
const SECRETS: readonly RegExp[] = [
  // A JSON web token's signature: Supabase's service key as webhooks carry it.
  /\b(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.)[\w-]{16,}/g,
  /\b(sb_secret_|sk_live_|sk_test_|rk_live_|whsec_|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abprs]-|SG\.|sk-)[\w-]{16,}/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\b(AIza)[\w-]{35}\b/g,
  // The password of a connection URL.
  /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]{1,63}:)[^\s@'"]{1,256}(?=@)/gi,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g,
];

/** The text with a mark in place of each secret. The same text gives the same. */
export function withoutSecrets(text: string): string {
  if (text.length < 12) return text;
  return SECRETS.reduce((left, secret) => left.replace(secret, `$1${REDACTED}`), text);
}
