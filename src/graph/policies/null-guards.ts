import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isNullable } from '../nulls/nullability.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { eachStatement, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import { columnsComparedWithCaller } from './tenant-columns.ts';

type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;
type Policy = EntityOf<'policy'>;

/** A trigger that is to keep columns as they are, and lets each of them be set to NULL and from there to anything. */
export interface NullGuard {
  readonly routine: EntityOf<'function'>;
  readonly kept: readonly KeptColumn[];
  readonly access: readonly ClientAccess[];
  /** By which they change the rows. */
  readonly policy: Policy;
  /** Policies of the table compare one of the columns with the caller. */
  readonly isDecidedBy: boolean;
}

/** A column of which `new.c <> old.c` is all that is asked. */
interface KeptColumn {
  readonly column: Column;
  readonly comparison: A_Expr;
  readonly condition: PlExpression;
}

/**
 * `if new.email <> old.email then raise …`: neither true nor false where one of them is NULL. Undefined where the body asks anything else of the columns, or of
 * the row as a whole, where another trigger, a policy or a grant keeps them, and where they are never NULL.
 */
export function nullGuard(graph: SchemaGraph, trigger: Trigger, clientRoles: readonly string[]): NullGuard | undefined {
  const { relation } = trigger;
  const routine = guardingRoutine(graph, trigger);
  if (routine === undefined) return undefined;
  const shape = routineShape(graph, routine);
  const kept = comparedForChange(shape).flatMap(({ name, ...each }) => {
    const column = graph.column(relation, name);
    return column !== undefined && isNullable(graph, column) && !isNamedBesides(shape, name)
      ? [{ ...each, column }]
      : [];
  });
  const columns = kept.map(({ column }) => column);
  const free = freeToChange(graph, trigger, routine, columns, clientRoles);
  if (free === undefined) return undefined;
  const open = kept.filter(({ column }) => free.columns.includes(column));
  const decided = columnsComparedWithCaller(graph, relation);
  const { access, policy } = free;
  return { routine, kept: open, access, policy, isDecidedBy: open.some(({ column }) => decided.has(column.id)) };
}

/** The function of the user's that runs before each row of a table is changed, if all that it does is known. */
export function guardingRoutine(graph: SchemaGraph, trigger: Trigger): EntityOf<'function'> | undefined {
  const { relation, events, level, timing, when } = trigger;
  const routine = trigger.function === null ? undefined : graph.find(trigger.function);
  if (level !== 'row' || timing !== 'before' || !events.includes('update') || when !== null) return undefined;
  if (graph.find(relation)?.kind !== 'table' || !firesInOrigin(trigger) || routine?.kind !== 'function')
    return undefined;
  if (!isUsersOwn(graph, routine) || graph.isDoubtful(routine, ['functions'])) return undefined;
  const { block, isWhole } = routineShape(graph, routine);
  return block === null || !isWhole ? undefined : routine;
}

/** The columns among these that clients may set to anything by a policy, as far as neither it nor another trigger than this function's or a grant keeps them. */
export function freeToChange(
  graph: SchemaGraph,
  { relation, updateColumns }: Trigger,
  routine: EntityOf<'function'>,
  columns: readonly Column[],
  clientRoles: readonly string[],
): (Pick<NullGuard, 'access' | 'policy'> & { readonly columns: readonly Column[] }) | undefined {
  const table = graph.get('table', relation);
  const asked = columns.filter(({ id }) => updateColumns.length === 0 || updateColumns.includes(id));
  for (const policy of asked.length === 0 ? [] : graph.ownedBy(relation, 'policy')) {
    const access = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('update'));
    const clause = policy.check ?? policy.using;
    if (!policy.isPermissive || clause === null || access.length === 0) continue;
    const open = asked.filter((column) => {
      const isFree = waysOf(clause)?.some((way) => !way.some((each) => columnsNamed(each).has(column.id)));
      return isFree && access.every((each) => isLeftTo(graph, table, column, 'update', each, routine.id));
    });
    if (open.length > 0) return { columns: open, access, policy };
  }
  return undefined;
}

/** What an IF around an error compares so, as one of the alternatives of its condition. */
function comparedForChange({ block }: RoutineShape): readonly (Omit<KeptColumn, 'column'> & {
  readonly name: string;
})[] {
  return [...eachStatement(block === null ? [] : [block])].flatMap(({ statement }) =>
    statement.kind !== 'if'
      ? []
      : statement.branches.flatMap(({ condition, body }) =>
          body.some((each) => raisesError(each))
            ? disjuncts(condition.tree).flatMap((each) => {
                const [only, more] = conjuncts(each);
                const comparison = fieldsOf(only, 'A_Expr');
                const name = changedColumn(comparison);
                return more !== undefined || comparison === undefined || name === undefined
                  ? []
                  : [{ name, comparison, condition }];
              })
            : [],
        ),
  );
}

/** The column of `new.c <> old.c`. */
function changedColumn(comparison: A_Expr | undefined): string | undefined {
  if (comparison?.kind !== 'AEXPR_OP' || stringsOf(comparison.name).at(-1) !== '<>') return undefined;
  const [left, right] = [rowField(comparison.lexpr), rowField(comparison.rexpr)];
  return left !== undefined && left.name === right?.name && left.row !== right.row ? left.name : undefined;
}

/** Is the column looked at or set in another way, or the row as a whole compared? What an error tells of it, and that the row is returned, does not count. */
function isNamedBesides({ block, assignments }: RoutineShape, name: string): boolean {
  if (assignments.some(({ target: [row, field] }) => row === 'new' && (field === undefined || field === name)))
    return true;
  return [...eachStatement(block === null ? [] : [block])].some(({ statement }) => {
    if (statement.kind === 'raise' || statement.kind === 'return') return false;
    return ownExpressions(statement).some(({ tree }) => isLookedAt(tree, name));
  });
}

function isLookedAt(tree: Node, name: string): boolean {
  const compared = new Set<object>();
  walk(tree, (_, node) => {
    const comparison = fieldsOf(node, 'A_Expr');
    if (changedColumn(comparison) !== name) return undefined;
    for (const side of [comparison?.lexpr, comparison?.rexpr]) if (side !== undefined) compared.add(innerOf(side));
    return undefined;
  });
  return anyNode(tree, (node) => {
    const [row, field] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (row !== 'new' && row !== 'old') return false;
    return field === undefined || (field === name && !compared.has(innerOf(node)));
  });
}
