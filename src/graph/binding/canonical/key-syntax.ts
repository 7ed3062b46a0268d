/** `(tag part part)`: the parts are keys themselves. */
export function list(tag: string, ...parts: readonly (string | undefined)[]): string {
  return `(${[tag, ...parts.filter((part) => part !== undefined)].join(' ')})`;
}

/** A name or a string that the user wrote, so that it cannot be taken for a part of the key's own syntax. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
