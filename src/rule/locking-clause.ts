import { isLockable } from '../graph/query-shapes/lockable.ts';
import type { Query, QuerySource } from '../graph/query-shapes/query.ts';
import type { Insertion } from '../graph/routines/redefinition.ts';
import { closingBracket } from '../sql/clause-places.ts';
import { sql } from './sql.ts';

/**
 * The clause that has a query lock the rows of a source, at the end of the query; undefined where what the query does forbids that, or its end is not known.
 * @param how behind the clause: ` skip locked`
 */
export function lockingClause(
  query: Query,
  source: QuerySource,
  texts: ReadonlyMap<string, string>,
  how = '',
): Insertion | undefined {
  const { at, role } = query;
  if (at === null || role === 'arm' || query.lock !== null || !isLockable(query, source)) return undefined;
  const text = texts.get(at.file) ?? '';
  const end = role === 'statement' ? at.end : closingBracket(text, at.start);
  if (end === undefined) return undefined;
  const of = readsOneTable(query) ? '' : sql` of ${source.name}`;
  const gap = /^[\s;)]/.test(text.slice(end)) ? '' : ' ';
  return { at: end, text: ` for update${of}${how}${gap}` };
}

/** FOR UPDATE alone is for all of FROM, also for what a subselect there groups. */
function readsOneTable({ node }: Query): boolean {
  const [first, ...others] = 'SelectStmt' in node ? (node.SelectStmt.fromClause ?? []) : [];
  return others.length === 0 && first !== undefined && 'RangeVar' in first;
}
