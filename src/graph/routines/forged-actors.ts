import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { isAuditTable } from '../lexicon/table-roles.ts';
import { admittingPolicies, mayMeetRows } from '../policies/policy-audience.ts';
import { policiesFor } from '../policies/row-security.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { type ClientAccess, clientAccess, LETTERS } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { type RowEvent, reachedFor } from '../query-shapes/trigger-ways.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;
type Trigger = EntityOf<'trigger'>;

/** Entries of a log that name whomever a client put into the row that they are about. */
export interface ForgedActors {
  readonly log: Table;
  readonly table: Table;
  readonly values: readonly ForgedActor[];
  readonly access: readonly ClientAccess[];
  /** By which these clients write such rows. */
  readonly policies: readonly Policy[];
}

export interface ForgedActor {
  /** Of the log. */
  readonly actor: Column;
  /** What is written there: `coalesce(new.created_by, auth.uid())`. */
  readonly value: Node;
  /** The columns of the row that come first there. */
  readonly sources: readonly Column[];
  /** The call in it that asks who it is, behind these; null where there is none. */
  readonly caller: Node | null;
}

/** Columns that say who did what the entry tells of. */
const ACTORS: readonly string[] = [
  ...['changed_by', 'performed_by', 'done_by', 'acted_by', 'action_by', 'executed_by', 'modified_by', 'edited_by'],
  ...['actor', 'actor_id', 'actor_user_id', 'actor_uid'],
];

/**
 * What a trigger function with the rights of its owner adds to logs: where the column of who did it is taken from the row first, and clients may write that
 * column as they like, the log names whom they want. Beside ACTORS a column is one where the value falls back on auth.uid().
 */
export function forgedActors(
  graph: SchemaGraph,
  routine: Routine,
  clientRoles: readonly string[],
): readonly ForgedActors[] {
  if (routine.security !== 'definer' || !isTriggerFunction(routine)) return [];
  const { block } = routineShape(graph, routine);
  const found = new Map<string, ForgedActors>();
  for (const trigger of block === null ? [] : graph.dependentsOfKind(routine.id, 'trigger')) {
    const table = graph.find(trigger.relation);
    if (trigger.level !== 'row' || trigger.enabled === 'disabled' || table?.kind !== 'table') continue;
    if (!table.rowSecurity || table.isAssumed === true) continue;
    const asked = columnsAsked(graph, routine, trigger);
    for (const event of ['insert', 'update'] as const) {
      if (!trigger.events.includes(event)) continue;
      for (const { log, value } of valuesFor(graph, routine, table, event)) {
        const way = waysToWrite(graph, table, value.sources, asked, event, clientRoles);
        if (way === undefined) continue;
        const key = `${log.id} ${table.id}`;
        found.set(key, together(found.get(key), { log, table, values: [value], ...way }));
      }
    }
  }
  return [...found.values()];
}

function together(
  known: ForgedActors | undefined,
  { log, table, values, access, policies }: ForgedActors,
): ForgedActors {
  const written = new Map([...(known?.values ?? []), ...values].map((each) => [each.value, each]));
  return {
    log,
    table,
    values: [...written.values()],
    access: [...new Set([...(known?.access ?? []), ...access])],
    policies: [...new Set([...(known?.policies ?? []), ...policies])],
  };
}

/** The columns of the row on which it may depend whether an entry comes. */
function columnsAsked(graph: SchemaGraph, routine: Routine, { relation, when }: Trigger): ReadonlySet<Column> {
  const { block } = routineShape(graph, routine);
  const conditions = [...eachStatement(block === null ? [] : [block])].flatMap(({ statement }) =>
    statement.kind === 'if' || statement.kind === 'case' ? ownExpressions(statement) : [],
  );
  const asked = new Set<Column>();
  for (const { tree } of [...conditions, ...(when === null ? [] : [when])])
    walk(tree, (_, node) => {
      const field = rowField(node);
      const column = field === undefined ? undefined : graph.column(relation, field.name);
      if (column !== undefined) asked.add(column);
      return undefined;
    });
  return asked;
}

/** What the function writes to logs as who did it when it runs for the event. */
function valuesFor(
  graph: SchemaGraph,
  routine: Routine,
  table: Table,
  event: RowEvent,
): readonly { readonly log: Table; readonly value: ForgedActor }[] {
  const { block, writes } = routineShape(graph, routine);
  const reached = new Set(
    reachedFor(block === null ? [] : [block], event).flatMap((each) => (each.kind === 'sql' ? [each.sql.tree] : [])),
  );
  return writes.flatMap(({ query, write }) => {
    const log = write.kind !== 'insert' || write.relation === null ? undefined : graph.find(write.relation);
    if (log?.kind !== 'table' || !reached.has(query.node) || !isAuditTable(graph, log)) return [];
    return write.sets.flatMap((each) => {
      const value = forgedValue(graph, routine, table, log, each, query.binding);
      return value === undefined ? [] : [{ log, value }];
    });
  });
}

function forgedValue(
  graph: SchemaGraph,
  routine: Routine,
  table: Table,
  log: Table,
  { column: id, value: written }: SetColumn,
  binding: Binding,
): ForgedActor | undefined {
  const actor = id === null ? undefined : graph.columns(log.id).find((each) => each.id === id);
  if (actor === undefined || written === null) return undefined;
  const { node: value, binding: names } = throughVariable(graph, routine, written, binding);
  const args = fieldsOf(unwrapped(value), 'CoalesceExpr')?.args ?? [value];
  const sources: Column[] = [];
  for (const each of args) {
    const field = rowField(unwrapped(each));
    const source = field?.row === 'new' ? graph.column(table.id, field.name) : undefined;
    if (source === undefined) break;
    sources.push(source);
  }
  if (sources.length === 0) return undefined;
  const caller = args.find((each) => asksCaller(graph, each, names)) ?? null;
  const isActor = caller !== null || (sources.length === args.length && isNamed(actor.name, ACTORS));
  return isActor ? { actor, value, sources, caller } : undefined;
}

/** What a variable is set to, where that is one thing. */
function throughVariable(
  graph: SchemaGraph,
  routine: Routine,
  node: Node,
  binding: Binding,
): { readonly node: Node; readonly binding: Binding } {
  const reference = fieldsOf(unwrapped(node), 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  const [only, another] = meaning?.kind === 'variable' ? (variableSources(graph, routine).get(meaning.name) ?? []) : [];
  return only !== undefined && another === undefined && 'node' in only ? only : { node, binding };
}

/** The clients, and the policies of theirs, that write one of the columns and the row otherwise so that the entry comes, without being asked for it. */
function waysToWrite(
  graph: SchemaGraph,
  table: Table,
  sources: readonly Column[],
  asked: ReadonlySet<Column>,
  command: 'insert' | 'update',
  clientRoles: readonly string[],
): Pick<ForgedActors, 'access' | 'policies'> | undefined {
  const letter = LETTERS.get(command) ?? '';
  const free = sources.filter((each) => {
    return each.generated === null && !asked.has(each) && !isGuarded(graph, table, each, command);
  });
  const names = new Set([...free, ...asked].map(({ id }) => id));
  const policies = new Set<Policy>();
  const access = clientAccess(graph, table, clientRoles).filter((each) => {
    if (!each.commands.includes(command) || !mayMeetRows(graph, table, command, each)) return false;
    if (!free.some((column) => mayColumn(graph, each.role, column, letter))) return false;
    const all = policiesFor(graph, table, command, each.role);
    if (all.some((policy) => !policy.isPermissive && looksAt(policy, names))) return false;
    const own = admittingPolicies(graph, table, command, each).filter((policy) => !looksAt(policy, names));
    for (const policy of own) policies.add(policy);
    return own.length > 0;
  });
  return access.length === 0 ? undefined : { access, policies: [...policies] };
}

/** Does it ask something of one of the columns of a new row, or of the row as a whole? */
function looksAt({ check, using }: Policy, columns: ReadonlySet<number>): boolean {
  const clause: BoundExpression | null = check ?? using;
  return (
    clause !== null &&
    anyNode(clause.tree, (node) => {
      const reference = fieldsOf(node, 'ColumnRef');
      const meaning = reference && clause.meanings.get(reference);
      if (meaning?.kind === 'column') return meaning.column !== undefined && columns.has(meaning.column);
      return reference !== undefined && meaning?.kind !== 'variable' && meaning?.kind !== 'star';
    })
  );
}
