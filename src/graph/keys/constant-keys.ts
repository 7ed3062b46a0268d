import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions, raises } from '../query-shapes/pl-statements.ts';
import { NULL, type OnConflict, type SetColumn } from '../query-shapes/query.ts';
import { reachOf } from '../query-shapes/reached-expressions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;
type Index = EntityOf<'index'>;
type Trigger = EntityOf<'trigger'>;

/** A constant that a routine writes into a column which is a unique key by itself: the second such row is refused. */
export interface ConstantKey {
  readonly table: EntityOf<'table'>;
  readonly column: Column;
  readonly key: Index;
  readonly constant: string;
  /** What is missing when the constant is written, as it is called (phone); null where it always is. */
  readonly without: string | null;
  /** The coalesce() and the value in it, where that is all. */
  readonly replaceable: readonly [Node, Node] | null;
  /** The row triggers that call the routine for new rows. */
  readonly triggers: readonly Trigger[];
  /** A handler around the statement takes the error, and the routine goes on. */
  readonly isSwallowed: boolean;
  readonly at: SourceLocation | null;
}

/**
 * `insert into people (id, phone) values (new.id, coalesce(new.meta ->> 'phone', '')) on conflict (id) do nothing`, and phone is unique: '' is a value like
 * any other, where any number of rows may have NULL. Not where ON CONFLICT is about that key, the routine reads the table itself, triggers of the table set
 * the column, or the statement is one of several ways. A constant that is always written only where a row trigger writes it.
 */
export function constantKeys(graph: SchemaGraph, routine: Routine): readonly ConstantKey[] {
  const { block, writes, queries, assignments } = routineShape(graph, routine);
  const triggers = graph
    .dependentsOfKind(routine.id, 'trigger')
    .filter(({ function: called, level, events, enabled }) => {
      return called === routine.id && level === 'row' && enabled !== 'disabled' && events.includes('insert');
    });
  const all = block === null ? [] : [...eachStatement([block])];
  return writes.flatMap(({ query, write: { kind, relation, sets, onConflict }, isConditional }) => {
    const table = relation === null ? undefined : graph.find(relation);
    if (kind !== 'insert' || isConditional || table?.kind !== 'table' || table.isAssumed === true) return [];
    const isRead = queries.some(({ sources }) => sources.some((each) => !each.isTarget && each.relation === table.id));
    const set = columnsSetByTriggers(graph, table.id, 'insert');
    if (isRead || set.unknown.length > 0) return [];
    const around = all.find(({ statement }) => statement.kind === 'sql' && statement.sql.tree === query.node);
    if (block !== null && around === undefined) return [];
    return sets.flatMap((each): readonly ConstantKey[] => {
      const column = each.column === null ? undefined : graph.get('column', each.column);
      const key = column && keyOf(graph, column);
      if (column === undefined || key === undefined || isForeseen(graph, key, onConflict)) return [];
      if (set.sets.some((other) => other.column === column.id)) return [];
      const written = writtenConstant(graph, routine, triggers, each);
      if (written === undefined || (written.without === null && triggers.length === 0)) return [];
      const { without } = written;
      if (without !== null && (assignments.some(({ target }) => target.at(-1) === without) || isAsked(all, without)))
        return [];
      const isSwallowed = around !== undefined && isTaken(around.statement, around.parents);
      const at =
        around?.statement.kind === 'sql' && each.value !== null ? placeOf(around.statement.sql, each.value) : query.at;
      return [{ ...written, table, column, key, triggers, isSwallowed, at }];
    });
  });
}

/** Does an IF or CASE ask about it, and may keep the statement from being run without it? */
function isAsked(all: readonly { readonly statement: PlStatement }[], name: string): boolean {
  return all.some(
    ({ statement }) =>
      (statement.kind === 'if' || statement.kind === 'case') &&
      ownExpressions(statement).some(({ text }) => text.toLowerCase().includes(name.toLowerCase())),
  );
}

/** The unique key that the column is by itself, for all rows. */
function keyOf(graph: SchemaGraph, { id, relation }: Column): Index | undefined {
  return graph.ownedBy(relation, 'index').find(({ isUnique, isValid, predicate, keys: [only, another] }) => {
    return isUnique && isValid && predicate === null && another === undefined && only?.column === id;
  });
}

/** Is ON CONFLICT about this key, or about any? */
function isForeseen(graph: SchemaGraph, key: Index, onConflict: OnConflict | null): boolean {
  if (onConflict === null) return false;
  if (onConflict.constraint === null && onConflict.columns.length === 0) return true;
  if (onConflict.columns.some((id) => key.keys.some(({ column }) => column === id))) return true;
  const constraint = key.constraint === null ? undefined : graph.find(key.constraint);
  return constraint !== undefined && 'name' in constraint && constraint.name === onConflict.constraint;
}

function writtenConstant(
  graph: SchemaGraph,
  routine: Routine,
  triggers: readonly Trigger[],
  { value, constant }: SetColumn,
): Pick<ConstantKey, 'constant' | 'without' | 'replaceable'> | undefined {
  if (constant === NULL) return undefined;
  if (constant !== null) return { constant, without: null, replaceable: null };
  const whole = value === null ? undefined : unwrapped(value);
  const args = fieldsOf(whole, 'CoalesceExpr')?.args ?? [];
  const last = constantText(args.at(-1));
  const names = args.slice(0, -1).map((each) => missingName(graph, routine, triggers, each));
  const [name] = names;
  if (whole === undefined || last === null || name === undefined || names.includes(undefined)) return undefined;
  const [first] = args;
  return {
    constant: last,
    without: name,
    replaceable: args.length === 2 && first !== undefined ? [whole, first] : null,
  };
}

/** What a value is called that may be NULL whatever the routine does: a key that a client sends, a column of the new row, a parameter. */
function missingName(
  graph: SchemaGraph,
  routine: Routine,
  triggers: readonly Trigger[],
  node: Node,
): string | undefined {
  const value = unwrapped(node);
  const { name, kind, lexpr, rexpr } = fieldsOf(value, 'A_Expr') ?? {};
  if (kind === 'AEXPR_NULLIF') return lexpr && missingName(graph, routine, triggers, lexpr);
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '->>') return constantText(rexpr) ?? undefined;
  const [first = '', second] = stringsOf(fieldsOf(value, 'ColumnRef')?.fields);
  if (second === undefined)
    return !routine.isStrict && routine.parameters.some((each) => each.name === first) ? first : undefined;
  const columns = triggers.map(({ relation }) => graph.column(relation, second));
  return first === 'new' && columns.length > 0 && columns.every((each) => each?.notNull === false) ? second : undefined;
}

/** Does a handler around it take a unique violation, and raise no error in its place? */
function isTaken(statement: PlStatement, parents: readonly PlStatement[]): boolean {
  return reachOf(statement, parents).handlers.some(
    (each) => each.conditions.some(({ value }) => TAKING.has(value)) && !raises(each),
  );
}

const TAKING: ReadonlySet<string> = new Set(['others', 'unique_violation', 'integrity_constraint_violation', '23505']);
