/** The text without comments, for what is looked for in it before it is parsed: good enough for words, as no string that has two hyphens is looked at. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ');
}
