import type { PlStatement } from '../../sql/plpgsql.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import { isFor, openBranches, type RowEvent, reachedFor } from '../query-shapes/trigger-ways.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

const CHANGES = ['update', 'delete'] as const;

/**
 * What a trigger or rule of the table may refuse: a function that raises an error, or returns NULL (for a DELETE, before it, also NEW, which is NULL then),
 * on at least one way through (or cannot be read); DO INSTEAD NOTHING. A trigger that looks at some rows or columns only counts as well.
 */
export function refusedChanges(graph: SchemaGraph, table: EntityOf<'table'>): ReadonlySet<'update' | 'delete'> {
  const rules = graph.ownedBy(table.id, 'rewriteRule').filter((each) => each.isInstead && each.actions.length === 0);
  return new Set(
    CHANGES.filter(
      (command) => refusingTriggers(graph, table, command).length > 0 || rules.some((each) => each.event === command),
    ),
  );
}

/** The triggers among that. */
export function refusingTriggers(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: 'update' | 'delete',
): readonly EntityOf<'trigger'>[] {
  return graph
    .ownedBy(table.id, 'trigger')
    .filter(({ enabled, events }) => enabled !== 'disabled' && events.includes(command))
    .filter((each) => mayRefuse(graph, each, command));
}

function mayRefuse(graph: SchemaGraph, trigger: EntityOf<'trigger'>, command: 'update' | 'delete'): boolean {
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function') return false;
  const tree = bodyTree(called);
  if (tree.language !== 'plpgsql') return true;
  const returns = (statement: PlStatement, row: RegExp): boolean =>
    statement.kind === 'return' && row.test(statement.value?.text.trim() ?? '');
  if (trigger.timing === 'before' && command === 'delete')
    if (reachedFor([tree.block], command).some((each) => returns(each, /^new$/i))) return true;
  return [...eachStatement([tree.block])].some(({ statement }) =>
    statement.kind === 'raise'
      ? statement.level === 'exception'
      : trigger.timing !== 'after' && returns(statement, /^null$/i),
  );
}

/**
 * What the table refuses whatever the row, as append-only tables do: by a trigger that always raises an error, or DO INSTEAD
 * NOTHING. The actions of its foreign keys are refused with it, and so is the delete of what they refer to: ON DELETE SET NULL
 * is an UPDATE of the table, CASCADE a DELETE (src/backend/utils/adt/ri_triggers.c).
 */
export const surelyRefused = askedOnce((graph: SchemaGraph, table: EntityId): ReadonlySet<'update' | 'delete'> => {
  const rules = graph
    .ownedBy(table, 'rewriteRule')
    .filter((each) => each.isInstead && each.condition === null && each.actions.length === 0);
  return new Set(
    CHANGES.filter(
      (command) => surelyRefusing(graph, table, command) !== undefined || rules.some((each) => each.event === command),
    ),
  );
});

/** The trigger by which it does so. */
export function surelyRefusing(
  graph: SchemaGraph,
  table: EntityId,
  command: 'update' | 'delete',
): EntityOf<'trigger'> | undefined {
  return graph
    .ownedBy(table, 'trigger')
    .find(
      (each) =>
        firesInOrigin(each) &&
        each.when === null &&
        each.updateColumns.length === 0 &&
        each.events.includes(command) &&
        alwaysRaises(graph, each, command),
    );
}

function alwaysRaises(graph: SchemaGraph, trigger: EntityOf<'trigger'>, command: 'update' | 'delete'): boolean {
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  const tree = called?.kind === 'function' ? bodyTree(called) : undefined;
  return tree?.language === 'plpgsql' && raises([tree.block], command);
}

/** Does each way through the list come to an error that no handler catches? */
function raises(list: readonly PlStatement[], event: RowEvent): boolean {
  for (const each of list) {
    if (raisesError(each)) return true;
    if (each.kind === 'block' && each.handlers.length === 0 && raises(each.body, event)) return true;
    const ways = each.kind === 'if' ? openBranches(each, isFor(event)) : [[each]];
    if (each.kind === 'if' && ways.every((way) => raises(way, event))) return true;
    if (ways.some((way) => [...eachStatement(way)].some(({ statement }) => LEAVING.has(statement.kind)))) return false;
  }
  return false;
}

const LEAVING: ReadonlySet<PlStatement['kind']> = new Set(['return', 'exit', 'continue']);

/** May something change a row before it is checked: a trigger, a rule, a partition with triggers of its own? */
export function isRewritten(graph: SchemaGraph, table: EntityOf<'table'>, event: 'insert' | 'update'): boolean {
  const isTriggered = graph
    .ownedBy(table.id, 'trigger')
    .some(({ events, timing, enabled }) => enabled !== 'disabled' && timing !== 'after' && events.includes(event));
  return isTriggered || table.partitionKey !== null || graph.ownedBy(table.id, 'rewriteRule').length > 0;
}
