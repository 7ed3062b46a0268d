import type { Node } from '@pgsql/types';
import { patternOf } from '../sql/name.ts';
import { fieldsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import { foldBoolean } from './binding/questions/fold-boolean.ts';
import type { BoundExpression } from './bound-expression.ts';
import { callerComparisons } from './caller/caller-comparisons.ts';
import { asksCaller } from './caller/caller-source.ts';
import { isClosedToSignedOut } from './caller/signed-out.ts';
import { type ClientAccess, LETTERS } from './client-access.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { policyAudience } from './policy-audience.ts';
import { mayColumn } from './privilege-questions.ts';
import { conjuncts } from './query-shapes/column-tests.ts';
import { policiesFor } from './row-security.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A policy that lets clients write rows of their own, and what of such a row it leaves to them. */
export interface OwnRowWrite {
  readonly command: 'insert' | 'update';
  readonly access: readonly ClientAccess[];
  /** Columns that must equal the caller. */
  readonly tied: readonly EntityId[];
  /** May a client choose the value of the column: the grants let it, and no clause, trigger or restrictive policy looks at it? */
  readonly leavesFree: (column: Column) => boolean;
}

/**
 * The writes of a permissive policy in which it asks nothing but who calls: each condition of one of its alternatives compares a column with the
 * caller or with constants, or is about the caller alone. Empty for one that is true for every row, and for one that looks anything up.
 */
export function ownRowWrites(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): readonly OwnRowWrite[] {
  const clause = policy.check ?? policy.using;
  if (!policy.isPermissive || clause === null || foldBoolean(clause.tree) === true) return [];
  const audience = policyAudience(graph, policy, clientRoles);
  return (['insert', 'update'] as const).flatMap((command) => {
    const reached = audience.filter(({ commands }) => commands.includes(command));
    return alternatives(clause.tree).flatMap((tree): readonly OwnRowWrite[] => {
      const branch = { ...clause, tree };
      const access = reached.filter(({ name }) => name !== 'anon' || !isClosedToSignedOut(branch));
      if (access.length === 0 || !asksWhoOnly(graph, branch)) return [];
      const tied = callerComparisons(graph, branch).flatMap(({ via, column }) => (via === 'value' ? [column] : []));
      const named = columnsNamed(branch);
      const leavesFree = (column: Column) =>
        !named.has(column.id) && column.generated === null && isFree(graph, policy, column, command, access);
      return [{ command, access, tied, leavesFree }];
    });
  });
}

function alternatives(tree: Node): readonly Node[] {
  const { boolop, args } = fieldsOf(tree, 'BoolExpr') ?? {};
  return boolop === 'OR_EXPR' ? (args ?? []).flatMap(alternatives) : [tree];
}

/** No table is looked into, and no function of the user is asked about the row. */
function asksWhoOnly(graph: SchemaGraph, branch: BoundExpression): boolean {
  let asks = asksCaller(graph, branch.tree, branch);
  for (const part of conjuncts(branch.tree)) {
    walk(part, (tag, node) => {
      const call = fieldsOf(node, 'FuncCall');
      const meaning = call && branch.meanings.get(call);
      const id = meaning?.kind === 'call' ? meaning.function.id : undefined;
      const called = id === undefined ? undefined : graph.find(id);
      const isUsers =
        called?.kind === 'function' && called.origin.from !== 'platform' && called.extension === undefined;
      if (
        tag === 'RangeVar' ||
        isUsers ||
        (call !== undefined && meaning === undefined && !asksCaller(graph, node, branch))
      )
        asks = false;
      return asks ? undefined : 'stop';
    });
  }
  return asks;
}

function columnsNamed({ tree, meanings }: BoundExpression): ReadonlySet<EntityId> {
  const columns = new Set<EntityId>();
  walk(tree, (_, node) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind === 'column' && meaning.column !== undefined) columns.add(meaning.column);
    return undefined;
  });
  return columns;
}

function isFree(
  graph: SchemaGraph,
  policy: Policy,
  column: Column,
  command: 'insert' | 'update',
  access: readonly ClientAccess[],
): boolean {
  const table = graph.get('table', policy.table);
  const letter = LETTERS.get(command) ?? '';
  if (!access.some(({ role }) => mayColumn(graph, role, column, letter))) return false;
  const isRestricted = access.every(({ role }) =>
    policiesFor(graph, table, command, role).some((each) => {
      const clause = each.check ?? each.using;
      return !each.isPermissive && clause !== null && columnsNamed(clause).has(column.id);
    }),
  );
  return !isRestricted && !isGuarded(graph, table, column, command);
}

/** Does a trigger look at the column, or one whose function cannot be read? What it does with it is not concluded from. */
function isGuarded(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { name }: Column,
  command: 'insert' | 'update',
): boolean {
  const named = new RegExp(`(?<![\\w$])${patternOf(name)}(?![\\w$])`, 'i');
  return graph.ownedBy(table.id, 'trigger').some((trigger) => {
    if (trigger.enabled === 'disabled' || !trigger.events.includes(command)) return false;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.body === null) return true;
    return called.origin.from !== 'platform' && (called.language !== 'plpgsql' || named.test(called.body.text));
  });
}
