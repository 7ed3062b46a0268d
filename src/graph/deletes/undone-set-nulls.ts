import { askedOnce } from '../asked-once.ts';
import { knownOfCaller } from '../caller/known-callers.ts';
import type { EntityOf } from '../entities/index.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { reachedUnder } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import {
  among,
  besides,
  type Emptied,
  type Emptying,
  emptyingOf,
  isRunByEmptying,
  refusesEmptying,
} from './refused-set-nulls.ts';

type Trigger = EntityOf<'trigger'>;
type Column = EntityOf<'column'>;

/** A trigger that writes back what ON DELETE SET NULL empties. */
export interface UndoneSetNull {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  readonly key: EntityOf<'foreignKey'>;
  readonly columns: readonly Column[];
}

/**
 * `new.created_by := old.created_by` in a BEFORE UPDATE trigger: the action of the key is an UPDATE that runs it, so that the row goes on naming what is
 * gone. Nobody looks at the key again after that (ri_triggers.c; docs, 5.5.5 and 39.1), and a dump of such rows cannot be restored.
 */
export const undoneSetNulls = askedOnce((graph: SchemaGraph, table: EntityOf<'table'>): readonly UndoneSetNull[] =>
  graph
    .ownedBy(table.id, 'foreignKey')
    .filter(({ onDelete, isEnforced, parent }) => onDelete === 'set null' && isEnforced && parent === null)
    .flatMap((key) => {
      const undone = undoneBy(graph, key);
      return undone === undefined || refusesEmptying(graph, key) !== undefined ? [] : [{ ...undone, key }];
    }),
);

/** It raises an error, or writes back what was there. */
export interface TriggerAgainst {
  readonly does: 'refuse' | 'undo';
  readonly trigger: Trigger;
}

/** The trigger against which a key of these columns would say ON DELETE SET NULL in vain. */
export function triggerAgainstEmptying(graph: SchemaGraph, key: Emptied): TriggerAgainst | undefined {
  const refusing = refusesEmptying(graph, key);
  if (refusing !== undefined) return { does: 'refuse', trigger: refusing };
  const undone = undoneBy(graph, key);
  return undone && { does: 'undo', trigger: undone.trigger };
}

/** The one trigger that sets any of the columns, and surely to what they were. */
function undoneBy(graph: SchemaGraph, key: Emptied): Omit<UndoneSetNull, 'key'> | undefined {
  const made = emptyingOf(graph, key);
  if (made === undefined) return undefined;
  const { sets } = columnsSetByTriggers(graph, key.table, 'update');
  const setting = sets.filter(({ column }) => made.columns.some(({ id }) => id === column));
  const [trigger, another] = new Set(setting.map((each) => each.trigger));
  if (trigger === undefined || another !== undefined || !isRunByEmptying(trigger, made)) return undefined;
  if (setting.some(({ assignment }) => assignment === null || assignment.value === null)) return undefined;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function' || graph.isDoubtful(called, ['functions'])) return undefined;
  return made.columns.every((each) => isWrittenBack(graph, called, each, made))
    ? { trigger, function: called, columns: made.columns }
    : undefined;
}

function isWrittenBack(
  graph: SchemaGraph,
  called: EntityOf<'function'>,
  { name }: Column,
  { row, columns }: Emptying,
): boolean {
  const shape = routineShape(graph, called);
  if (shape.block === null || shape.unread.length > 0) return false;
  const emptied = new Set(columns.map((each) => each.name));
  // Nothing else sets it: it is NULL still when the trigger starts.
  const starts = besides((node) => {
    const field = rowField(node);
    return field?.row === 'new' && emptied.has(field.name) ? null : undefined;
  }, row);
  const { reached, end } = certainRun(shape, among(starts, knownOfCaller(graph, shape, 'anyone')));
  if (end?.kind !== 'returns') return false;
  const open = reachedUnder([shape.block], starts);
  if (!open.every((each) => each.kind !== 'return' || /^new$/i.test(each.value?.text.trim() ?? ''))) return false;
  const setting = open.flatMap((each) => {
    const target = each.kind === 'assign' ? rowField(each.target.tree) : undefined;
    return target?.row === 'new' && target.name === name && each.kind === 'assign' ? [each] : [];
  });
  const last = reached.findLast(({ statement }) => setting.some((each) => each === statement));
  if (last === undefined || !setting.every((each) => reached.some(({ statement }) => statement === each))) return false;
  const { statement, worthOf } = last;
  const before = worthOf({ ColumnRef: { fields: [{ String: { sval: 'old' } }, { String: { sval: name } }] } });
  return statement.kind === 'assign' && before !== undefined && worthOf(statement.value.tree) === before;
}
