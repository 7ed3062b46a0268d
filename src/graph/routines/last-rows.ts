import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText } from '../query-shapes/operand.ts';
import { outermost } from '../query-shapes/outermost.ts';
import { eachStatement, leaves, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { countOf } from '../triggers/counted-limits.ts';
import { isUsersOwn } from '../users-own.ts';
import { isAlwaysCalledLocked, mayWait } from './counted-inserts.ts';
import { setsIsolation } from './lost-updates.ts';

type Routine = EntityOf<'function'>;

/** A function that deletes a row only where it counts more than so many of them. */
export interface LastRow {
  readonly table: EntityOf<'table'>;
  /** How many are meant to stay. */
  readonly kept: number;
  /** The statement that counts. */
  readonly counting: PlStatement;
  readonly at: SourceLocation | null;
  readonly deleting: Query;
}

/**
 * `delete from admins where … and (select count(*) from admins) > 1`, and a look at the count before it. Of two calls at once, each for another row, neither sees
 * that the other’s is going (docs, 13.2.1): a DELETE waits only for one of the same row. Not told where this function before it counts, or each that calls it,
 * takes a lock or changes something, for which the second waits.
 */
export const lastRow = askedOnce((graph: SchemaGraph, routine: Routine): LastRow | undefined => {
  const shape = routineShape(graph, routine);
  const { block, queries, isWhole } = shape;
  if (block === null || !isWhole || !isUsersOwn(graph, routine) || setsIsolation(routine)) return undefined;
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  for (const [at, statement] of statements.entries()) {
    for (const { condition, isRefusal } of conditionsOf(statement, queries)) {
      const { name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
      const kept = keptBy(stringsOf(name).at(-1), constantText(rexpr), isRefusal);
      const counted = kept === undefined ? undefined : countOf(lexpr, statement, statements, queries);
      const table = counted && countedTable(graph, counted.query);
      if (kept === undefined || counted === undefined || table === undefined) continue;
      const deleting = deletedBy(queries, table, isRefusal ? statements.slice(at + 1) : [statement]);
      if (deleting === undefined) continue;
      const before = statements.slice(0, statements.indexOf(counted.statement));
      if (before.some((each) => mayWait(graph, shape, each)) || isAlwaysCalledLocked(graph, routine)) return undefined;
      return { table, kept, counting: counted.statement, at: counted.query.at, deleting };
    }
  }
  return undefined;
});

interface Condition {
  readonly condition: Node;
  /** Where it is true nothing is deleted. */
  readonly isRefusal: boolean;
}

/** What an IF that leaves asks, and a DELETE in WHERE. */
function conditionsOf(statement: PlStatement, queries: readonly Query[]): readonly Condition[] {
  if (statement.kind === 'if') {
    const [branch] = statement.branches;
    if (branch === undefined || !leaves(branch.body)) return [];
    return conjuncts(branch.condition.tree).map((condition) => ({ condition, isRefusal: true }));
  }
  if (statement.kind !== 'sql') return [];
  const own = queries.find((each) => each.node === statement.sql.tree);
  const { whereClause } = fieldsOf(own?.node, 'DeleteStmt') ?? {};
  return conjuncts(whereClause).map((condition) => ({ condition, isRefusal: false }));
}

/** How many are left at least, where it goes on. */
function keptBy(operator: string | undefined, constant: string | null, isRefusal: boolean): number | undefined {
  const number = constant === null ? Number.NaN : Number(constant);
  if (!Number.isInteger(number)) return undefined;
  const least = isRefusal ? REFUSED.get(operator ?? '') : ALLOWED.get(operator ?? '');
  const kept = least === undefined ? 0 : number + least;
  return kept < 1 ? undefined : kept;
}

/** Behind `if n <= 1 then raise`, `if n < 2` and `if n = 1` there are two, one of which may go. */
const REFUSED: ReadonlyMap<string, number> = new Map([
  ['<=', 0],
  ['=', 0],
  ['<', -1],
]);

/** `where n > 1`, `where n >= 2`. */
const ALLOWED: ReadonlyMap<string, number> = new Map([
  ['>', 0],
  ['>=', -1],
]);

/** The one table whose rows are counted, all of them or those of some values. */
function countedTable(
  graph: SchemaGraph,
  { sources, otherConditions, groups, unresolved }: Query,
): EntityOf<'table'> | undefined {
  const [source, another] = sources;
  const table = source === undefined ? undefined : graph.find(source.relation);
  const isPlain = another === undefined && otherConditions.length === 0 && !groups && unresolved.length === 0;
  if (!isPlain || source === undefined || table?.kind !== 'table' || !isUsersOwn(graph, table)) return undefined;
  return source.tests.every(({ kind, isBare }) => kind === 'equal' && isBare) ? table : undefined;
}

function deletedBy(
  queries: readonly Query[],
  table: EntityOf<'table'>,
  behind: readonly PlStatement[],
): Query | undefined {
  const trees = new Set(behind.flatMap((each) => ownExpressions(each).map(({ tree }) => tree)));
  return queries.find(
    (each) =>
      trees.has(outermost(each).node) &&
      each.writes.some(({ kind, relation }) => kind === 'delete' && relation === table.id),
  );
}
