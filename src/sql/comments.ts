import { type Piece, splitSql } from './split.ts';
import { blockCommentEnd, dollarTag, isSpace, lineCommentEnd, tokenEnd } from './token.ts';

/** A comment of an SQL file, half open in UTF-16 units, with its dashes or slashes. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** What it says, without the marks and the blanks around. */
  readonly text: string;
}

/** Dollar quotes inside dollar quotes deeper than this are taken as text. */
const DEEPEST = 8;

/** All comments in order, also those inside dollar-quoted bodies; not what only looks like one inside strings and COPY data. */
export function commentsOf(text: string, pieces: readonly Piece[] = splitSql(text)): Comment[] {
  const comments: Comment[] = [];
  let at = 0;
  for (const piece of pieces) {
    collect(text, at, piece.start, 0, comments);
    if (piece.kind === 'statement') collect(text, piece.start, piece.end, 0, comments);
    at = piece.end;
  }
  collect(text, at, text.length, 0, comments);
  return comments;
}

function collect(text: string, from: number, to: number, depth: number, into: Comment[]): void {
  let at = from;
  while (at < to) {
    if (isSpace(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const isLine = text.startsWith('--', at);
    if (isLine || text.startsWith('/*', at)) {
      const end = Math.min(to, isLine ? lineCommentEnd(text, at) : blockCommentEnd(text, at));
      into.push({
        start: at,
        end,
        text: text
          .slice(at, end)
          .replace(/^(--|\/\*)|\*\/$/g, '')
          .trim(),
      });
      at = end;
      continue;
    }
    const end = tokenEnd(text, at, to);
    const tag = depth < DEEPEST ? dollarTag(text, at) : undefined;
    if (tag !== undefined) collect(text, at + tag.length, end - tag.length, depth + 1, into);
    at = end;
  }
}
