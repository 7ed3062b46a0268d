import type { Query } from './query.ts';

/** The query of the statement that a subselect stands in, which for a statement's own is that. */
export function outermost(query: Query): Query {
  let current = query;
  while (current.parent !== null) current = current.parent;
  return current;
}
