import type { Node } from '@pgsql/types';
import type { Expression } from '../sql/expression.ts';
import type { SourceLocation } from '../sql/location.ts';
import { innerOf } from '../sql/nodes.ts';
import { tokenEnd } from '../sql/token.ts';

/** Where a node of an expression begins in the file, with its first token; null where the expression is a catalog's. */
export function placeOf(expression: Expression, node: Node): SourceLocation | null {
  return placeOfInner(expression, innerOf(node));
}

/** The same for what stands in a node: the object by which a binding knows it. */
export function placeOfInner({ at, text, start }: Expression, inner: object): SourceLocation | null {
  if (at === undefined || at.file === '') return null;
  const { location } = inner as { location?: unknown };
  if (typeof location !== 'number' || location < at.start || location >= at.end) return at;
  const end = start + tokenEnd(text, location - start);
  return { file: at.file, start: location, end: Math.min(Math.max(end, location), at.end) };
}
