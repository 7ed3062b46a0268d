import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { isTriggerFunction } from '../api-calls.ts';
import { bodyTree, expressionsOf } from '../body-tree.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import type { Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { bornBy } from './born-in.ts';
import { type DroppedWithTable, droppedWithTable } from './lost-setter.ts';

type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** A trigger that went with a former table, and whose function nothing calls any more. */
export interface LostTrigger extends DroppedWithTable {
  readonly function: Routine;
  /** What the function writes to other tables. */
  readonly writes: readonly (Write & { readonly relation: EntityId })[];
  /** The columns of the row that it set. */
  readonly sets: readonly string[];
  readonly refuses: boolean;
}

/**
 * The triggers that a table of this name had until it was dropped and made anew, where nobody says that they are not wanted: no DROP TRIGGER, the
 * function is still there and would still work, and no trigger of the present table could be meant in its place.
 */
export function lostTriggers(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  table: Table,
): readonly LostTrigger[] {
  const found = new Map<string, LostTrigger>();
  for (const { trigger, by } of droppedWithTable(journal, table)) {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !isTriggerFunction(called) || !isUsersOwn(graph, called)) continue;
    if (graph.dependentsOfKind(called.id, 'trigger').length > 0 || trigger.enabled === 'disabled') continue;
    if (isDroppedByName(journal, statements, trigger) || isReplaced(graph, table, trigger)) continue;
    if (!isStillFitting(graph, table, called)) continue;
    const shape = routineShape(graph, called);
    if (!shape.isWhole) continue;
    const writes = shape.writes.flatMap(({ write }) =>
      write.relation === null || write.relation === table.id ? [] : [{ ...write, relation: write.relation }],
    );
    if (shape.writes.some(({ write }) => write.relation === null)) continue;
    if (writes.some((each) => isWrittenByOther(graph, each, called))) continue;
    const sets = new Set(shape.assignments.flatMap(({ target: [row, name] }) => (row === 'new' && name ? [name] : [])));
    const refuses = [...(shape.block === null ? [] : eachStatement([shape.block]))].some(
      ({ statement }) => statement.kind === 'raise' && statement.level === 'exception',
    );
    const one = { trigger, by, function: called, writes, sets: [...sets], refuses };
    if (writes.length > 0 || refuses || [...sets].some((name) => !isTime(graph, table, name)))
      found.set(trigger.name, one);
  }
  return [...found.values()];
}

/** stale-updated-at tells of it. */
function isTime(graph: SchemaGraph, table: Table, name: string): boolean {
  const column = graph.column(table.id, name);
  return column !== undefined && hasRole(graph, column, 'updated');
}

/** Behind its making: DROP TRIGGER IF EXISTS before that is for running the file again. */
function isDroppedByName(journal: readonly Change[], statements: readonly Statement[], trigger: Trigger): boolean {
  const born = bornBy(journal, trigger.id)?.index ?? -1;
  return statements.some(({ index, node }) => {
    const { removeType, objects } = fieldsOf(node, 'DropStmt') ?? {};
    if (index <= born || removeType !== 'OBJECT_TRIGGER') return false;
    return (objects ?? []).some((each) => stringsOf(fieldsOf(each, 'List')?.items).at(-1) === trigger.name);
  });
}

/** Is there a trigger that fires when this one did? What it does may be what this one did. */
function isReplaced(graph: SchemaGraph, table: Table, { name, timing, events }: Trigger): boolean {
  return graph.ownedBy(table.id, 'trigger').some((each) => {
    return each.name === name || (each.timing === timing && each.events.some((event) => events.includes(event)));
  });
}

/** Does the present table have all columns of NEW and OLD that the function names? */
function isStillFitting(graph: SchemaGraph, table: Table, called: Routine): boolean {
  let fits = true;
  for (const { tree } of expressionsOf(bodyTree(called)))
    walk(tree, (_, node) => {
      const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
      if ((row === 'new' || row === 'old') && name !== undefined) fits &&= graph.column(table.id, name) !== undefined;
      return undefined;
    });
  return fits;
}

/** Does a trigger in use do the same to that table? */
function isWrittenByOther(
  graph: SchemaGraph,
  { kind, relation }: LostTrigger['writes'][number],
  called: Routine,
): boolean {
  return graph.ofKind('trigger').some((trigger) => {
    const other = trigger.function === null ? undefined : graph.find(trigger.function);
    if (other?.kind !== 'function' || other === called || !isUsersOwn(graph, other)) return false;
    return routineShape(graph, other).writes.some(({ write }) => write.relation === relation && write.kind === kind);
  });
}
