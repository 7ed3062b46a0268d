import type { CreateTrigStmt, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { TriggerEvent } from '../../../graph/entities/trigger.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { extensionTriggerFunction } from '../extension/trigger-function.ts';
import { findRoutine, neededRoutine } from '../routine/find-routine.ts';

type Trigger = EntityOf<'trigger'>;

/** Bits of CreateTrigStmt (src/include/catalog/pg_trigger.h). */
const EVENT_BITS: readonly (readonly [number, TriggerEvent])[] = [
  [4, 'insert'],
  [16, 'update'],
  [8, 'delete'],
  [32, 'truncate'],
];
const BEFORE = 2;
const INSTEAD_OF = 64;

/** CREATE [OR REPLACE] [CONSTRAINT] TRIGGER. Partitions get no trigger of their own here: theirs is the parent's. */
export function createTrigger(stmt: CreateTrigStmt, context: ReplayContext): void {
  if (stmt.relation === undefined) return;
  const relation = context.relation(stmt.relation, 'table', 'view', 'foreignTable');
  const name = stmt.trigname ?? '';
  const timing = stmt.timing === BEFORE ? 'before' : stmt.timing === INSTEAD_OF ? 'insteadOf' : 'after';
  refuseMisplaced(relation, timing, stmt, context);
  const existing = context.graph.part('trigger', relation.id, name);
  if (existing && (stmt.replace !== true || existing.isConstraint)) context.refuseDuplicate(existing);
  const facts = {
    timing,
    events: EVENT_BITS.filter(([bit]) => ((stmt.events ?? 0) & bit) !== 0).map(([, event]) => event),
    updateColumns: context.columns(relation, stmt.columns, stmt.relation.location),
    level: stmt.row === true ? 'row' : 'statement',
    function: triggerFunction(stmt.funcname, 'trigger', context),
    when:
      stmt.whenClause === undefined ? null : context.expression(stmt.whenClause, { relation, rows: ['new', 'old'] }),
    arguments: stringsOf(stmt.args),
    enabled: 'origin',
    isConstraint: stmt.isconstraint === true,
    isDeferrable: stmt.deferrable === true,
    isInitiallyDeferred: stmt.initdeferred === true,
    oldTable: transitionTable(stmt, false),
    newTable: transitionTable(stmt, true),
  } satisfies Partial<Trigger>;
  if (existing) context.builder.alter(existing, facts, context.by);
  else context.builder.create({ kind: 'trigger', relation: relation.id, name, ...facts }, context.by);
}

/** The function a trigger calls, which takes no arguments; null where nothing known has its name. */
export function triggerFunction(
  funcname: readonly Node[] | undefined,
  result: 'trigger' | 'event_trigger',
  context: ReplayContext,
): Trigger['function'] {
  const named = { objname: [...(funcname ?? [])], objargs: [] };
  const { schema, name } = context.nameOf(funcname);
  const found =
    findRoutine(named, 'OBJECT_FUNCTION', context) ??
    extensionTriggerFunction(schema, name, context) ??
    neededRoutine(named, 'OBJECT_FUNCTION', context);
  if (found === undefined) return null;
  if (found.returns?.isUnresolved !== true && found.returns?.name.name !== result)
    context.refuse(`function ${found.name.name} must return type ${result}`);
  return found.id;
}

/** Which triggers a relation can have (docs, CREATE TRIGGER, the table of timings and relations). */
function refuseMisplaced(
  relation: EntityOf<'table' | 'view' | 'foreignTable'>,
  timing: Trigger['timing'],
  stmt: CreateTrigStmt,
  context: ReplayContext,
): void {
  const path = context.graph.path(relation);
  const isRow = stmt.row === true;
  if (relation.kind !== 'view' && timing === 'insteadOf')
    context.refuse(`"${path}" is a table: tables cannot have INSTEAD OF triggers`);
  if (relation.kind === 'view' && timing !== 'insteadOf' && isRow)
    context.refuse(`"${path}" is a view: views cannot have row-level BEFORE or AFTER triggers`);
  if (timing === 'insteadOf' && !isRow) context.refuse('INSTEAD OF triggers must be FOR EACH ROW');
  if (timing === 'insteadOf' && stmt.whenClause !== undefined)
    context.refuse('INSTEAD OF triggers cannot have WHEN conditions');
}

function transitionTable(stmt: CreateTrigStmt, isNew: boolean): string | null {
  const found = (stmt.transitionRels ?? [])
    .flatMap((each) => fieldsOf(each, 'TriggerTransition') ?? [])
    .find((each) => (each.isNew === true) === isNew);
  return found?.name ?? null;
}
