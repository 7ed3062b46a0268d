import { blockCommentEnd, isSpace, lineCommentEnd, tokenEnd } from './token.ts';

/** A comment outside of strings and function bodies: half open, in UTF-16 units, with its marks. */
export interface Comment {
  readonly kind: 'line' | 'block';
  readonly start: number;
  readonly end: number;
  /** What is between its marks, without blanks around. */
  readonly text: string;
}

/** The comments of a text, in order. Comments inside dollar-quoted bodies belong to the body and are not among them. */
export function commentsOf(text: string): Comment[] {
  const comments: Comment[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at++;
    else if (text.startsWith('--', at)) {
      const end = lineCommentEnd(text, at);
      comments.push({ kind: 'line', start: at, end, text: text.slice(at + 2, end).trim() });
      at = end;
    } else if (text.startsWith('/*', at)) {
      const end = blockCommentEnd(text, at);
      const closed = end - at >= 4 && text.endsWith('*/', end);
      const inner = text.slice(at + 2, closed ? end - 2 : end);
      comments.push({ kind: 'block', start: at, end, text: inner.trim() });
      at = end;
    } else at = tokenEnd(text, at);
  }
  return comments;
}
