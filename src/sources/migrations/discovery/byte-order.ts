/** Order of the bytes of the names, as the Supabase CLI sorts, whatever the locale. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
