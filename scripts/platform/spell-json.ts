/** One fact per line, so that a change is a line in a diff. */
export function spellJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
