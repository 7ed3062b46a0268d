import type { Node } from '@pgsql/types';
import type { Expression } from '../sql/expression.ts';
import type { SourceLocation } from '../sql/location.ts';
import { tagOf } from '../sql/nodes.ts';
import { tokenEnd } from '../sql/token.ts';

/** Where a node of an expression begins in the file, with its first token; null where the expression is a catalog's. */
export function placeOf(expression: Expression, node: Node): SourceLocation | null {
  const { at, text, start } = expression;
  if (at === undefined || at.file === '') return null;
  const tag = tagOf(node);
  const fields = tag === undefined ? {} : ((node as unknown as Record<string, { location?: unknown }>)[tag] ?? {});
  const { location } = fields as { location?: unknown };
  if (typeof location !== 'number' || location < at.start || location >= at.end) return at;
  const end = start + tokenEnd(text, location - start);
  return { file: at.file, start: location, end: Math.min(Math.max(end, location), at.end) };
}
