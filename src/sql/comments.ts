import type { Piece } from './split.ts';
import { blockCommentEnd, dollarTag, isSpace, lineCommentEnd, tokenEnd } from './token.ts';

/** A comment: half open, in UTF-16 units, with its marks. */
export interface Comment {
  readonly kind: 'line' | 'block';
  readonly start: number;
  readonly end: number;
  /** What is between its marks, without blanks around. */
  readonly text: string;
}

/** The comments of a text, in order. Comments inside dollar-quoted bodies belong to the body and are not among them. */
export function commentsOf(text: string): Comment[] {
  return [...comments(text, 0, text.length, 0)];
}

/** Bodies inside bodies deeper than this are taken as text. */
const DEEPEST_BODY = 8;

/** The comments of a file cut into pieces, in order: also those inside dollar-quoted bodies, none from COPY data. */
export function commentsWithBodies(text: string, pieces: readonly Piece[]): Comment[] {
  const found: Comment[] = [];
  let at = 0;
  for (const piece of pieces) {
    found.push(...comments(text, at, piece.start, 0));
    if (piece.kind === 'statement') found.push(...comments(text, piece.start, piece.end, DEEPEST_BODY));
    at = piece.end;
  }
  return [...found, ...comments(text, at, text.length, 0)];
}

function* comments(text: string, from: number, to: number, bodies: number): Generator<Comment> {
  let at = from;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at++;
    else if (text.startsWith('--', at)) {
      const end = Math.min(to, lineCommentEnd(text, at));
      yield { kind: 'line', start: at, end, text: text.slice(at + 2, end).trim() };
      at = end;
    } else if (text.startsWith('/*', at)) {
      const end = Math.min(to, blockCommentEnd(text, at));
      const closed = end - at >= 4 && text.endsWith('*/', end);
      const inner = text.slice(at + 2, closed ? end - 2 : end);
      yield { kind: 'block', start: at, end, text: inner.trim() };
      at = end;
    } else {
      const end = tokenEnd(text, at, to);
      const tag = bodies > 0 ? dollarTag(text, at) : undefined;
      if (tag !== undefined) yield* comments(text, at + tag.length, end - tag.length, bodies - 1);
      at = end;
    }
  }
}
