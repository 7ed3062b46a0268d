/** What looks like a secret wherever it stands: URL credentials, password settings, JWTs, Supabase keys. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(\w+:\/\/[^\s:@/]*):[^\s@]+@/g, '$1:***@'],
  [/\b(password|passwd|pwd)(\s*[=:]\s*)\S+/gi, '$1$2***'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '***'],
  [/\bsb_(secret|publishable)_\w+/g, '***'],
];

/** The text without secrets; `known` are cut wherever they stand. */
export function redact(text: string, known: readonly string[] = []): string {
  let result = text;
  for (const secret of known) {
    if (secret === '') continue;
    for (const form of new Set([secret, encodeURIComponent(secret)])) result = result.replaceAll(form, '***');
  }
  return SECRETS.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), result);
}
