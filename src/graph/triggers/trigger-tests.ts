import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The columns of a table that a row trigger may refuse a row for: those it reads from NEW while it raises errors, and, before
 * the write, returns NULL or calls functions of the schema. All columns where what a trigger does could not be read.
 */
export const columnsJudgedByTriggers = askedOnce(
  (graph: SchemaGraph, table: EntityId): ReadonlySet<EntityId> =>
    new Set(graph.ownedBy(table, 'trigger').flatMap((each) => judgedBy(graph, each))),
);

function judgedBy(graph: SchemaGraph, trigger: EntityOf<'trigger'>): readonly EntityId[] {
  const { events, level, enabled } = trigger;
  const isOfWrites = events.includes('insert') || events.includes('update');
  if (!isOfWrites || level !== 'row' || enabled === 'disabled') return [];
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  const all = graph.columns(trigger.relation);
  if (called?.kind !== 'function') return all.map((each) => each.id);
  const shape = routineShape(graph, called);
  if (shape.unread.length > 0) return all.map((each) => each.id);
  const isBefore = trigger.timing === 'before';
  if (!(isBefore && shape.calls.length > 0) && !refuses(shape.block, isBefore)) return [];
  const names = new Set<string>();
  for (const { tree } of expressionsOf(bodyTree(called)))
    walk(tree, (_, node) => {
      const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
      if (row === 'new' && name !== undefined) names.add(name);
      return undefined;
    });
  return all.filter((each) => names.has(each.name)).map((each) => each.id);
}

/** What an AFTER trigger returns is thrown away. */
function refuses(block: PlBlock | null, isBefore: boolean): boolean {
  return (
    block !== null &&
    [...eachStatement([block])].some(({ statement }) => {
      if (statement.kind === 'assert') return true;
      if (statement.kind === 'raise') return statement.level === 'exception';
      if (!isBefore || statement.kind !== 'return') return false;
      const value = statement.value?.tree;
      return fieldsOf(value, 'A_Const')?.isnull === true;
    })
  );
}
