import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { eachStatement, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import { queriesIn } from '../query-shapes/queries-in.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Asked, type ImpossibleTest, neverTrue } from '../values/impossible-values.ts';
import type { WriteTo } from './trigger-deeds.ts';
import { isGuarded } from './trigger-guards.ts';

type Trigger = EntityOf<'trigger'>;

/** A branch of a trigger's function that no row gets to, and what it would do. */
export interface DeadBranch {
  readonly tests: readonly ImpossibleTest[];
  readonly writes: readonly WriteTo[];
  /** Columns of NEW that it sets. */
  readonly sets: readonly string[];
  readonly raises: boolean;
}

/**
 * The branches of IF in a trigger's function whose condition asks NEW or OLD for a value that no row of its one table has: those that do something,
 * where one that only tells values apart may name old ones.
 */
export function deadBranches(graph: SchemaGraph, routine: EntityOf<'function'>): readonly DeadBranch[] {
  const { block, expressions } = routineShape(graph, routine);
  const triggers = graph.dependentsOfKind(routine.id, 'trigger');
  if (block === null || triggers.length === 0) return [];
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const asked = askedByTriggers(graph, triggers);
  return [...eachStatement([block])].flatMap(({ statement }) => {
    if (statement.kind !== 'if') return [];
    return statement.branches.flatMap(({ condition, body }): readonly DeadBranch[] => {
      const asking = bound.get(condition.tree);
      const tests = asking && neverTrue(graph, asking.tree, asking, asked);
      const deeds = tests && deedsOf(graph, body, bound);
      return tests && deeds ? [{ tests, ...deeds }] : [];
    });
  });
}

/**
 * NEW of a BEFORE trigger has not passed the CHECK yet: something may be there to mend it. Where nothing is, its row is refused with all that was done.
 */
export function askedByTriggers(graph: SchemaGraph, triggers: readonly Trigger[]): Asked {
  const isBefore = triggers.some(({ timing }) => timing !== 'after');
  return {
    row: 'around',
    isUnchecked: (written, column) => {
      if (!isBefore || written !== 'new') return false;
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || table.partitionKey !== null) return true;
      return (['insert', 'update'] as const).some((each) => isGuarded(graph, table, column, each));
    },
  };
}

/** Undefined where it does nothing, or nothing that can be told. */
function deedsOf(
  graph: SchemaGraph,
  body: readonly PlStatement[],
  bound: ReadonlyMap<Node, Bound>,
): Omit<DeadBranch, 'tests'> | undefined {
  const writes: WriteTo[] = [];
  const sets: string[] = [];
  let [raises, runs] = [false, false];
  for (const { statement } of eachStatement(body)) {
    raises ||= raisesError(statement);
    runs ||= statement.kind === 'perform' || statement.kind === 'call' || statement.kind === 'execute';
    if (statement.kind === 'assign') {
      const [row, name] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
      if (row === 'new' && name !== undefined) sets.push(name);
    }
    const own = ownExpressions(statement).flatMap(({ tree }) => bound.get(tree) ?? []);
    for (const { writes: written } of own.flatMap((each) => queriesIn(graph, each)))
      for (const write of written)
        if (write.relation === null) runs = true;
        else writes.push({ ...write, relation: write.relation });
  }
  const isIdle = !raises && !runs && writes.length + sets.length === 0;
  return isIdle ? undefined : { writes, sets: [...new Set(sets)], raises };
}
