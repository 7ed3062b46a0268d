import type { Node, SelectStmt } from '@pgsql/types';
import { equalSides, orderedSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayExecute } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder, valueUnder } from '../query-shapes/column-under.ts';
import { constantText, variableOf } from '../query-shapes/operand.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { onlySource } from '../query-shapes/variable-sources.ts';
import { isCaller } from '../routines/carried-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** How much of something a user may have. What somebody sets himself not to spend more is no such. */
const QUOTAS: NamePatterns = [
  ...['max_*', '*_limit', 'limit_*', '*_quota', 'quota_*', '*_allowance', '*_capacity', 'allowed_*'],
  ...['!*budget*', '!*spending*', '!*spend*', '!*goal*', '!*distance*', '!*age*', '!*price*'],
];

/**
 * The functions that refuse what is more than this column of the caller's own row says (`if n > m then raise`, with m looked up by auth.uid()). Only of a number that
 * is named like a quota and is given by its default: what everybody has who was given no more; and only
 * of functions that these clients may call, or a trigger.
 */
export function quotaRoutines(
  graph: SchemaGraph,
  column: Column,
  access: readonly Pick<ClientAccess, 'role'>[],
): readonly Routine[] {
  const given = constantText(column.default?.tree);
  if (given === null || !isNamed(column.name, QUOTAS)) return [];
  const type = typeClass(graph, column.type);
  if (type !== 'integer' && type !== 'decimal') return [];
  return (refusingBy(graph).get(column.id) ?? []).filter(
    (each) => isTriggerFunction(each) || access.some(({ role }) => mayExecute(graph, role, each)),
  );
}

/** By column of the caller's one row, which functions raise an error by how it compares with something. */
const refusingBy = askedOnce((graph): ReadonlyMap<EntityId, readonly Routine[]> => {
  const found = new Map<EntityId, Routine[]>();
  for (const routine of userRoutines(graph))
    for (const column of new Set(limitsIn(graph, routine))) addTo(found, column, routine);
  return found;
});

function limitsIn(graph: SchemaGraph, routine: Routine): readonly EntityId[] {
  const { block, expressions } = routineShape(graph, routine);
  if (block === null) return [];
  return [...eachStatement([block])].flatMap(({ statement }) => {
    if (statement.kind !== 'if') return [];
    return statement.branches
      .filter(({ body }) => body.some(raisesError))
      .flatMap(({ condition }) => {
        const bound = expressions.find(({ tree }) => tree === condition.tree);
        if (bound === undefined) return [];
        return comparedSides(bound.tree).flatMap((side) => limitOf(graph, routine, side, bound) ?? []);
      });
  });
}

function comparedSides(tree: Node): readonly Node[] {
  return nodesOf(tree, 'A_Expr').flatMap((each) => orderedSides({ A_Expr: each }).flatMap(([side]) => side ?? []));
}

/** The column of the caller's own row that a side is: looked up there, or in the one SELECT … INTO that sets the variable. */
function limitOf(graph: SchemaGraph, routine: Routine, side: Node, binding: Binding): EntityId | undefined {
  const { value } = valueUnder(side);
  const { subselect } = fieldsOf(value, 'SubLink') ?? {};
  const looked = fieldsOf(subselect, 'SelectStmt');
  if (looked !== undefined) return ofCallersRow(graph, routine, looked.targetList?.[0], looked, binding);
  const only = onlySource(graph, routine, variableOf(value, binding));
  if (only === undefined || !('node' in only)) return undefined;
  const query = routineShape(graph, routine).queries.find(
    (each) => each.binding === only.binding && each.parent === null,
  );
  const select = fieldsOf(query?.node, 'SelectStmt');
  return select && ofCallersRow(graph, routine, { ResTarget: { val: only.node } }, select, only.binding);
}

function ofCallersRow(
  graph: SchemaGraph,
  routine: Routine,
  target: Node | undefined,
  { whereClause, fromClause }: SelectStmt,
  binding: Binding,
): EntityId | undefined {
  const id = columnUnder(fieldsOf(target, 'ResTarget')?.val, binding)?.meaning.column;
  if (id === undefined || fromClause?.length !== 1) return undefined;
  const { relation } = graph.get('column', id);
  const isOwn = conjuncts(whereClause)
    .flatMap(equalSides)
    .some(([own, other]) => {
      const key = columnUnder(own, binding)?.meaning.column;
      const column = key === undefined ? undefined : graph.get('column', key);
      return column?.relation === relation && isUniqueAlone(graph, column) && isCaller(graph, routine, other, binding);
    });
  return isOwn ? id : undefined;
}
