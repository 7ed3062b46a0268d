import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { walk } from '../../sql/walk.ts';
import type { GivenValue } from '../caller/given-value.ts';
import { isNewId } from '../caller/sent-limits.ts';
import { SentValues } from '../caller/sent-values.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOf } from '../place.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import type { Query, SetColumn, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { columnsJudgedByTriggers } from '../triggers/trigger-tests.ts';
import { statusLabels } from '../values/status-labels.ts';
import { isOfUsers } from './sign-up-triggers.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;

/** A column that a trigger on auth.users fills with what whoever signs up sent. */
export interface SignUpChoice {
  readonly trigger: Trigger;
  readonly column: Column;
  /** The columns of the same row that hold the new user's id. */
  readonly users: readonly EntityId[];
  readonly keys: readonly string[];
  /** May whoever signs up have one of these values there, beyond what everybody gets? For none of them: any value whatever. */
  readonly admits: (values: readonly string[]) => boolean;
  /**
   * The coalesce() around what was sent, and the constant in it. Null where that is not all there is to it, and where the row may be there already, whose
   * value a constant would overwrite.
   */
  readonly defaulted: readonly [Node, Node] | null;
  readonly at: SourceLocation | null;
}

/** What whoever signs up chooses by what the function, run for their row of auth.users, takes from raw_user_meta_data. */
export function signUpChoices(graph: SchemaGraph, routine: Routine): readonly SignUpChoice[] {
  const triggers = graph.dependentsOfKind(routine.id, 'trigger').filter((each) => isOfUsers(graph, each));
  const isAsked = triggers.length > 0 && routine.security === 'definer';
  if (!isAsked || !/raw_user_meta_data/i.test(routine.body?.text ?? '')) return [];
  const { block, writes } = routineShape(graph, routine);
  if (block === null) return [];
  const values = new SentValues(block);
  const trigger = triggers.find(({ when }) => when === null || values.meets(when.tree));
  if (trigger === undefined) return [];
  const statements = [...eachStatement([block])].map((each) => each.statement);
  return writes.flatMap(({ query, write }) => {
    const statement = statements.find((each) => each.kind === 'sql' && each.sql.tree === query.node);
    if (statement?.kind !== 'sql' || write.relation === null) return [];
    const sets = [...write.sets, ...(write.onConflict?.sets ?? [])];
    const users = new Set([...sets.filter(isNewUser).flatMap(({ column }) => column ?? []), ...foundByUser(query)]);
    return sets.flatMap((set): readonly SignUpChoice[] => {
      const column = set.column === null || set.value === null ? undefined : graph.get('column', set.column);
      if (column === undefined || set.value === null) return [];
      const given = values.at(statement, set.value);
      if (given.sent.length === 0 || isDecidedByTrigger(graph, column, write)) return [];
      const at = placeOf(statement.sql, firstName(set.value) ?? set.value);
      const keys = [...new Set(given.sent.map(({ key }) => key))];
      const overwrites = write.kind === 'update' || write.onConflict?.sets.some((each) => each.column === column.id);
      const defaulted = overwrites === true ? undefined : values.defaulted(statement, set.value);
      const admits = (asked: readonly string[]) => isAdmitted(graph, column, given, asked);
      return [{ trigger, column, users: [...users], keys, admits, defaulted: defaulted ?? null, at }];
    });
  });
}

function isNewUser({ value }: SetColumn): boolean {
  return value !== null && isNewId(unwrapped(value));
}

/** `update profiles … where id = new.id`. */
function foundByUser({ sources }: Query): readonly EntityId[] {
  const tests = sources.flatMap((each) => (each.isTarget ? each.tests : []));
  return tests.flatMap(({ column, kind, against }) => (kind === 'equal' && against !== 'constant' ? [column] : []));
}

/** A trigger of the table sets the column itself, or may refuse the row for what stands there. */
function isDecidedByTrigger(graph: SchemaGraph, { id, relation }: Column, { kind }: Write): boolean {
  const { sets, unknown } = columnsSetByTriggers(graph, relation, kind === 'update' ? 'update' : 'insert');
  return (
    unknown.length > 0 || sets.some((each) => each.column === id) || columnsJudgedByTriggers(graph, relation).has(id)
  );
}

function isAdmitted(
  graph: SchemaGraph,
  column: Column,
  { sent, constants }: GivenValue,
  asked: readonly string[],
): boolean {
  const everybodys = [...constants, ...defaultOf(column)];
  const labels = statusLabels(graph, column);
  const gained = asked.filter((each) => !everybodys.includes(each) && (labels.length === 0 || labels.includes(each)));
  if (asked.length === 0) return sent.some((each) => each.only === null);
  return sent.some(({ only, except }) =>
    gained.some((each) => !except.includes(each) && (only === null || only.includes(each))),
  );
}

function defaultOf({ default: value }: Column): readonly string[] {
  const constant = constantText(value?.tree);
  return constant === null ? [] : [constant];
}

/** The first column or variable that a value names: where it begins, or a call or CASE is filled. */
function firstName(value: Node): Node | undefined {
  let first: Node | undefined;
  walk(value, (_, node) => {
    if (!('ColumnRef' in node)) return undefined;
    first = node;
    return 'stop';
  });
  return first;
}
