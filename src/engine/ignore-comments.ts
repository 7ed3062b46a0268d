import { type Comment, commentsWithBodies } from '../sql/comments.ts';
import { LineIndex } from '../sql/line-index.ts';
import type { SourceLocation } from '../sql/location.ts';
import { type Piece, splitSql } from '../sql/split.ts';

/** `-- ddlint-ignore rule-id[, rule-id]: reason`, or `-- ddlint-ignore-file …`. */
export interface IgnoreComment {
  readonly at: SourceLocation;
  readonly line: number;
  readonly ruleIds: readonly string[];
  /** Empty when it gives none: then it ignores nothing. */
  readonly reason: string;
  /** Findings that start in here are ignored; null when there is nothing for it to be about. */
  readonly reach: { readonly start: number; readonly end: number } | null;
}

const FORM = /^ddlint-ignore(?<file>-file)?(?![\w-])\s*(?<rules>[^:]*?)\s*(?::\s*(?<reason>[\s\S]*))?$/;

/** The ignore comments of a text, in order. */
export function ignoreComments(file: string, text: string): readonly IgnoreComment[] {
  if (!text.includes('ddlint-ignore')) return [];
  const pieces = splitSql(text);
  const lines = new LineIndex(text);
  return commentsWithBodies(text, pieces).flatMap((comment): IgnoreComment[] => {
    const { groups } = FORM.exec(comment.text) ?? {};
    if (groups === undefined) return [];
    const ruleIds = (groups.rules ?? '').split(/[\s,]+/).filter((id) => id !== '');
    const reach = groups.file ? { start: 0, end: text.length + 1 } : reachOf(comment, text, pieces, lines);
    const { line } = lines.at(comment.start);
    const at = { file, start: comment.start, end: comment.end };
    return [{ at, line, ruleIds, reason: (groups.reason ?? '').trim(), reach }];
  });
}

/**
 * Behind code, the comment is about the statement that starts or ends on its line, or, in the middle of a longer one, about that line.
 * On a line of its own it is about the next statement, or, in the middle of one, about the next line of code.
 */
function reachOf(comment: Comment, text: string, pieces: readonly Piece[], lines: LineIndex): IgnoreComment['reach'] {
  const { line } = lines.at(comment.start);
  const lineStart = lines.start(line);
  const isTrailing = text.slice(lineStart, comment.start).trim() !== '';
  const around = pieces.find((piece) => piece.start < comment.start && comment.end <= piece.end);
  if (isTrailing) {
    const onLine = (offset: number): boolean => offset >= lineStart && offset < comment.start;
    const whole = pieces.filter((piece) => onLine(piece.start) || onLine(piece.end - 1)).at(-1);
    return whole ?? { start: lineStart, end: comment.start };
  }
  if (around === undefined) return pieces.find((piece) => piece.start >= comment.end) ?? null;
  const next = nextCodeLine(text, lines, line + 1);
  return { start: lines.start(next), end: lines.start(next + 1) };
}

/** The first line from `line` on that holds more than blanks and a line comment. */
function nextCodeLine(text: string, lines: LineIndex, line: number): number {
  let next = line;
  while (next < lines.count && /^\s*(--.*)?$/.test(text.slice(lines.start(next), lines.start(next + 1)).trimEnd()))
    next++;
  return next;
}
