import type { SubLink } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isPlainSelect } from './callerless-branches.ts';
import { clausesOf } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A look-up of the caller's row by a column that holds the id of the user, in a policy of whatever table. */
export interface CallersRow {
  readonly policy: Policy;
  /** It stands where one value is wanted: two rows are an error (21000). Else it takes the keys of all there are. */
  readonly isOne: boolean;
}

/** `(select id from people where account = auth.uid())`: what policies that are in force find by the column alone. */
export function callersRows(graph: SchemaGraph, { id }: Column): readonly CallersRow[] {
  return byColumn(graph).get(id) ?? [];
}

const byColumn = askedOnce((graph): ReadonlyMap<EntityId, readonly CallersRow[]> => {
  const found = new Map<EntityId, CallersRow[]>();
  for (const policy of graph.ofKind('policy')) {
    const table = graph.find(policy.table);
    if (table?.kind !== 'table' || !table.rowSecurity) continue;
    for (const { expression } of clausesOf(policy))
      for (const link of nodesOf(expression.tree, 'SubLink')) {
        const row = lookup(graph, link, expression);
        if (row !== undefined) addTo(found, row.column, { policy, isOne: row.isOne });
      }
  }
  return found;
});

function lookup(
  graph: SchemaGraph,
  { subLinkType, subselect }: SubLink,
  expression: BoundExpression,
): { readonly column: EntityId; readonly isOne: boolean } | undefined {
  const isOne = subLinkType === 'EXPR_SUBLINK';
  if (!isOne && subLinkType !== 'ANY_SUBLINK') return undefined;
  const select = fieldsOf(subselect, 'SelectStmt');
  const [from, join] = select?.fromClause ?? [];
  const [target] = select?.targetList ?? [];
  const conditions = conjuncts(select?.whereClause);
  const [condition, another] = conditions;
  if (select === undefined || condition === undefined || another !== undefined || join !== undefined) return undefined;
  if (fieldsOf(from, 'RangeVar') === undefined || !isPlainSelect(select)) return undefined;
  const given = columnMeaning(fieldsOf(target, 'ResTarget')?.val, expression);
  if (given?.column === undefined || given.isOuter) return undefined;
  if (!isOne && !isUniqueAlone(graph, graph.get('column', given.column))) return undefined;
  for (const [own, other] of equalSides(condition)) {
    const meaning = columnMeaning(own, expression);
    const sources = callerSources(graph, other, expression);
    const isUser = sources.length > 0 && sources.every((each) => each === 'user');
    if (meaning?.column !== undefined && !meaning.isOuter && meaning.isDirect && isUser)
      return { column: meaning.column, isOne };
  }
  return undefined;
}

/**
 * Whose second row by the column clients may write: `anybodys` where policies leave it to them what stands there, `own` where they may add one that
 * names them.
 */
export function secondRows(
  graph: SchemaGraph,
  { id, relation }: Column,
  clientRoles: readonly string[],
): 'anybodys' | 'own' | 'none' {
  const column = graph.get('column', id);
  const writes = graph.ownedBy(relation, 'policy').flatMap((each) => ownRowWrites(graph, each, clientRoles));
  if (writes.some(({ leavesFree }) => leavesFree(column))) return 'anybodys';
  return writes.some(({ command, tied }) => command === 'insert' && tied.includes(id)) ? 'own' : 'none';
}
