import { equalSides } from '../../sql/equality.ts';
import { walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { calledFrom } from '../caller/asked-routines.ts';
import { callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumns } from '../own-column.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { isIndexedEquality } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { lookedFor } from './missing-row.ts';
import { waysOf } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** What a policy asks of the stored row, and so never of the values that an UPDATE writes. */
export interface StoredRowCheck {
  readonly clause: BoundExpression;
  /** By which it finds whose the row is. */
  readonly columns: readonly Column[];
  /** Of these it compares each with the id of who calls, and none with what that user belongs to. */
  readonly isUser: boolean;
  /** The function that looks the row up, where it is one. */
  readonly helper: EntityOf<'function'> | undefined;
}

/**
 * `with check (can_edit(id))`, where can_edit() looks for the row by its id: the check comes before the new row is stored (ExecUpdateAct() in nodeModifyTable.c), so that it
 * meets the old one, which USING has let pass already. Only where one way to pass names nothing of the row but its key.
 */
export function storedRowCheck(graph: SchemaGraph, policy: Policy): StoredRowCheck | undefined {
  const clause = policy.check ?? policy.using;
  const [key, another] = graph.primaryKey(policy.table)?.columns ?? [];
  if (clause === null || key === undefined || another !== undefined) return undefined;
  const own = new Set([key]);
  for (const way of waysOf(clause) ?? []) {
    const names = way.flatMap((each) => [...ownColumns(each.tree, each)]);
    if (names.length === 0 || names.some((each) => each !== key)) continue;
    const helpers = way
      .flatMap(({ references }) => references)
      .flatMap(({ kind, target }) => (kind === 'function' ? calledFrom(graph, target) : []))
      .map(({ routine }) => routine)
      .filter((each) => looksUp(graph, each, policy.table, key));
    const bodies: readonly Bound[] = [
      ...way.filter((each) => lookedFor(graph, each, key, own) !== undefined),
      ...helpers.flatMap((each) => routineShape(graph, each).expressions),
    ];
    const found = bodies.flatMap((each) => ownersIn(graph, each, policy.table, key));
    const columns = [...new Set(found.map(({ column }) => column))];
    if (columns.length === 0) continue;
    return { clause, columns, isUser: found.every((each) => each.isUser), helper: helpers[0] };
  }
  return undefined;
}

/** Does it look for the row by its key, of which it is given the value? */
function looksUp(graph: SchemaGraph, routine: EntityOf<'function'>, table: EntityId, key: EntityId): boolean {
  return routineShape(graph, routine).queries.some(({ sources }) =>
    sources.some(
      ({ relation, tests }) =>
        relation === table &&
        tests.some((each) => each.column === key && isIndexedEquality(each) && each.variable !== null),
    ),
  );
}

/** The columns of the table by which a body tells whose a row is: compared with who calls, or with a column of another table. */
function ownersIn(
  graph: SchemaGraph,
  expression: Bound,
  table: EntityId,
  key: EntityId,
): readonly { readonly column: Column; readonly isUser: boolean }[] {
  const found: { readonly column: Column; readonly isUser: boolean }[] = [];
  walk(expression.tree, (_, node) => {
    for (const [side, other] of equalSides(node)) {
      const meaning = columnMeaning(side, expression);
      if (meaning?.relation !== table || meaning.column === undefined || meaning.column === key) continue;
      const isUser = callerSources(graph, other, expression).length > 0;
      const joined = columnMeaning(other, expression);
      const isJoined = joined !== undefined && joined.relation !== table;
      if (isUser || isJoined) found.push({ column: graph.get('column', meaning.column), isUser });
    }
    return undefined;
  });
  return found;
}
