import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { GraphNames, schemasIn } from '../binding/graph-names.ts';
import { tablesBelow } from '../deletes/cascades.ts';
import { emptyingBy, isRunByEmptying } from '../deletes/refused-set-nulls.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { type CertainRun, certainRun, type Known } from '../query-shapes/certain-run.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import { isBranching } from '../query-shapes/reached-expressions.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { isFor, startsFor } from '../query-shapes/trigger-ways.ts';
import { mayChoosePath } from '../routines/pins-path.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { checkFailedBy } from '../values/failed-check.ts';
import { type MissingByPath, missingName, missingType } from './missing-by-path.ts';

type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/** A statement of Supabase Auth that fails by a name in a trigger's function. */
export interface FailureInAuth extends MissingByPath {
  readonly trigger: Trigger;
  /** INSERT of a user, UPDATE of one, DELETE of one that deletes the trigger's row, or empties the key in it. */
  readonly by: 'signUp' | 'change' | 'cascade' | 'emptying';
  /** Only of rows with this value; null where of each. */
  readonly given: GivenValue | null;
  /** Where Auth looks for names. */
  readonly path: readonly string[];
}

/** A column of the trigger's row, and the constant that the body asks for. */
export interface GivenValue {
  readonly column: EntityOf<'column'>;
  readonly value: string;
}

/**
 * Auth connects as supabase_auth_admin, and that role's search_path is its own schema alone. A function without a path of its own keeps that of the
 * session, SECURITY DEFINER or not, and what a foreign key deletes or empties for a DELETE runs its triggers with it as well: names of `public` without their
 * schema are not found. Only statements that each run comes to, outside of handlers.
 */
export const failuresInAuth = askedOnce((graph: SchemaGraph, routine: Routine): readonly FailureInAuth[] => {
  const path = pathOfAuth(graph);
  const users = graph.relation({ schema: 'auth', name: 'users' });
  if (path === undefined || users?.kind !== 'table' || mayChoosePath(routine)) return [];
  const shape = routineShape(graph, routine);
  const { block } = shape;
  if (block === null || graph.isDoubtful(routine, ['functions'])) return [];
  const names = new GraphNames(graph, path);
  return graph.dependentsOfKind(routine.id, 'trigger').flatMap((trigger): readonly FailureInAuth[] => {
    if (trigger.function !== routine.id || graph.isDoubtful(trigger, ['triggers'])) return [];
    return runsInAuth(graph, trigger, users.id).flatMap(({ by, known }): readonly FailureInAuth[] => {
      const missing = missingType(graph, routine, block, names) ?? missingWhenRun(graph, shape, known, names);
      if (missing !== undefined) return [{ trigger, by, path, given: null, ...missing }];
      return by === 'cascade'
        ? missingOfSome(graph, shape, trigger, names).map((each) => ({ trigger, by, path, ...each }))
        : [];
    });
  });
});

const pathOfAuth = askedOnce((graph): readonly string[] | undefined => {
  const role = graph.ofKind('role').find(({ name }) => name === 'supabase_auth_admin');
  const value = role?.config.find(({ name }) => name === 'search_path')?.value;
  return value === undefined ? undefined : schemasIn(value);
});

interface RunInAuth {
  readonly by: FailureInAuth['by'];
  readonly known: Known;
}

function runsInAuth(graph: SchemaGraph, trigger: Trigger, users: EntityId): readonly RunInAuth[] {
  const { relation, events, when, updateColumns, timing } = trigger;
  if (!firesInOrigin(trigger) || timing === 'insteadOf') return [];
  const runs: RunInAuth[] = [];
  const below = tablesBelow(graph, users);
  if (when === null && relation === users) {
    if (events.includes('insert')) runs.push({ by: 'signUp', known: startsFor('insert') });
    // Of which columns Auth writes when, its versions differ.
    if (events.includes('update') && updateColumns.length === 0) runs.push({ by: 'change', known: isFor('update') });
  }
  if (when === null && events.includes('delete') && below.has(relation))
    runs.push({ by: 'cascade', known: startsFor('delete') });
  if (!events.includes('update') || relation === users) return runs;
  const isTakenAlong = tablesBelow(graph, relation);
  const keys = graph.ownedBy(relation, 'foreignKey').filter((key) => {
    const isEmptied = key.onDelete === 'set null' && key.isEnforced && key.parent === null;
    // What refers to a row that goes with it is gone itself, and so is, or keeps the user from going, a row of the user's own: its key is followed first.
    const isKept =
      isEmptied &&
      below.has(key.referencedTable) &&
      !isTakenAlong.has(key.referencedTable) &&
      !isUsers(graph, relation, users);
    return isKept && !graph.isDoubtful(key, ['constraints']);
  });
  for (const key of keys) {
    const emptying = emptyingBy(graph, key);
    if (emptying !== undefined && isRunByEmptying(trigger, emptying))
      runs.push({ by: 'emptying', known: emptying.row });
  }
  return runs;
}

/** Has each row a user of its own, and does not just lose that one? */
function isUsers(graph: SchemaGraph, relation: EntityId, users: EntityId): boolean {
  return graph
    .ownedBy(relation, 'foreignKey')
    .some(
      ({ referencedTable, onDelete, columns }) =>
        referencedTable === users &&
        onDelete !== 'set null' &&
        onDelete !== 'set default' &&
        columns.every((each) => graph.get('column', each).notNull),
    );
}

function missingWhenRun(
  graph: SchemaGraph,
  shape: RoutineShape,
  known: Known,
  names: GraphNames,
): MissingByPath | undefined {
  const bound = new Map(shape.expressions.map((each) => [each.tree, each]));
  for (const expression of certainRun(shape, known).reached.flatMap(workedOut)) {
    const missing = missingName(graph, bound.get(expression.tree)?.references ?? [], names);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** Of a deleted row whose column is what the body asks for: `tg_op = 'DELETE' and old.subject_type = 'post'`. */
function missingOfSome(
  graph: SchemaGraph,
  shape: RoutineShape,
  { relation }: Trigger,
  names: GraphNames,
): readonly (MissingByPath & { readonly given: GivenValue })[] {
  const starts = startsFor('delete');
  for (const given of askedOfOld(graph, shape, relation)) {
    if (checkFailedBy(graph, relation, new Map([[given.column.id, given.value]])) !== undefined) continue;
    const known: Known = (node) => {
      const field = rowField(node);
      return field?.row === 'old' && field.name === given.column.name ? given.value : starts(node);
    };
    const missing = missingWhenRun(graph, shape, known, names);
    if (missing !== undefined) return [{ ...missing, given }];
  }
  return [];
}

/** More values of a row than these no body tells apart. */
const MOST_VALUES = 20;

function askedOfOld(graph: SchemaGraph, { expressions }: RoutineShape, relation: EntityId): readonly GivenValue[] {
  const found = new Map<string, GivenValue>();
  for (const { tree } of expressions)
    walk(tree, (_, node) => {
      for (const [side, other] of equalSides(node)) {
        const field = rowField(side);
        const value = fieldsOf(other, 'A_Const')?.sval?.sval;
        const column = field?.row === 'old' ? graph.column(relation, field.name) : undefined;
        if (column !== undefined && value !== undefined && found.size < MOST_VALUES)
          found.set(`${column.name}\0${value}`, { column, value });
      }
      return undefined;
    });
  return [...found.values()];
}

/** Of IF and CASE only the first condition is asked whatever happens. */
function workedOut({ statement }: CertainRun['reached'][number]): ReturnType<typeof ownExpressions> {
  const own = ownExpressions(statement);
  return isBranching(statement) ? own.slice(0, 1) : own;
}
