const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A jsonb literal without its white space, keys in one order; numbers keep their digits, as jsonb does. */
export function normalJson(text: string): string {
  try {
    // Numbers go through as marked strings: JSON.parse would round them.
    const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`));
    return write(JSON.parse(marked));
  } catch {
    return text;
  }
}

function write(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('n') ? value.slice(1) : JSON.stringify(value.slice(1));
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  // Sorted by code units: any fixed order does.
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name.slice(1))}:${write(member)}`).join(',')}}`;
}
