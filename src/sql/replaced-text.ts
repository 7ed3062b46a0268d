/** replace() of Postgres (docs 9.4): each occurrence by just that text, whatever `$` stands in it; nothing is found of an empty piece. */
export function replacedText(text: string, piece: string, by: string): string {
  return piece === '' ? text : text.replaceAll(piece, () => by);
}
