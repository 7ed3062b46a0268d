import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { isSeenWhoeverWrote } from '../agreement/rewritten-rows.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo, ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { raisesError } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { reachedFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A trigger that looks for other rows of the same owner, and a policy for UPDATE that lets whoever it stops write another owner. */
export interface EvadedGuard {
  readonly trigger: EntityOf<'trigger'>;
  readonly function: EntityOf<'function'>;
  /** By which the trigger knows whose rows they are. */
  readonly owner: Column;
  /** Asks of a new row that the owner is the caller. */
  readonly insert: Policy;
  readonly access: readonly ClientAccess[];
}

/**
 * `if exists (select from t where t.user_id = new.user_id …) then raise …`, where the only policy for INSERT asks that user_id is the caller, and one for UPDATE names it
 * neither in USING nor in WITH CHECK. None where grants, another trigger or a restrictive policy hold the column, where no policy for reading shows the
 * row afterwards, or where the function itself looks at the old owner.
 */
export function evadedGuard(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): EvadedGuard | undefined {
  const clauses = [policy.using, policy.check].flatMap((each) => each ?? []);
  if (!policy.isPermissive || policy.command !== 'update' || clauses.length === 0) return undefined;
  const table = graph.get('table', policy.table);
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('update'),
  );
  for (const access of audience) {
    const [insert, another] = policiesFor(graph, table, 'insert', access.role).filter((each) => each.isPermissive);
    if (insert === undefined || another !== undefined || insert.check === null) continue;
    const [write, more] = ownRowWrites(graph, insert, clientRoles).filter(({ command }) => command === 'insert');
    const [tied] = write?.tied ?? [];
    if (tied === undefined || more !== undefined || waysOf(insert.check)?.length !== 1) continue;
    const owner = graph.get('column', tied);
    if (isUniqueAlone(graph, owner) || clauses.some((each) => columnsNamed(each).has(owner.id))) continue;
    if (!isSeenWhoeverWrote(graph, table, owner, access)) continue;
    for (const trigger of graph.ownedBy(table.id, 'trigger')) {
      const called = guardOf(graph, trigger, owner);
      if (called === undefined || !isLeftTo(graph, table, owner, 'update', access, called.id)) continue;
      return { trigger, function: called, owner, insert, access: audience };
    }
  }
  return undefined;
}

/** The function of a trigger for changed rows that refuses a row for another one of its owner, and no change of the owner. */
function guardOf(graph: SchemaGraph, trigger: EntityOf<'trigger'>, owner: Column): EntityOf<'function'> | undefined {
  const { level, events, when, updateColumns } = trigger;
  if (level !== 'row' || !firesInOrigin(trigger) || !events.includes('update')) return undefined;
  if (when !== null || updateColumns.includes(owner.id)) return undefined;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function') return undefined;
  const { block, isWhole, expressions, assignments } = routineShape(graph, called);
  if (block === null || !isWhole) return undefined;
  const sets = assignments.some(({ target: [row, name] }) => row === 'new' && (name ?? owner.name) === owner.name);
  const looksBack = expressions.some(({ tree }) =>
    anyNode(tree, (node) => {
      const field = rowField(node);
      return field?.row === 'old' && field.name === owner.name;
    }),
  );
  if (sets || looksBack) return undefined;
  const refuses = reachedFor([block], 'update').some(
    (statement) =>
      statement.kind === 'if' &&
      statement.branches.some(({ condition, body }) => {
        const bound = expressions.find(({ tree }) => tree === condition.tree);
        return bound !== undefined && body.some(raisesError) && asksForOthers(bound.tree, bound, owner);
      }),
  );
  return refuses ? called : undefined;
}

/** `… and exists (select from t where t.user_id = new.user_id)`, of the owner's own table. */
function asksForOthers(condition: Node, binding: Binding, owner: Column): boolean {
  return conjuncts(condition).some((part) => {
    const { subLinkType, subselect } = fieldsOf(part, 'SubLink') ?? {};
    if (subLinkType !== 'EXISTS_SUBLINK') return false;
    return conjuncts(fieldsOf(subselect, 'SelectStmt')?.whereClause)
      .flatMap(equalSides)
      .some(([own, other]) => {
        const field = rowField(other);
        return columnMeaning(own, binding)?.column === owner.id && field?.row === 'new' && field.name === owner.name;
      });
  });
}
