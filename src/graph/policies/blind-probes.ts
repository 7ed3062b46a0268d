import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression } from '../../sql/plpgsql.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { seesEveryRow } from './open-reading.ts';
import { admittingPolicies, mayMeetRows } from './policy-audience.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/** A loop that looks for a value which no row has yet, in rows of which whoever runs it sees only some. */
export interface BlindProbe {
  readonly trigger: EntityOf<'trigger'>;
  readonly column: Column;
  readonly event: 'insert' | 'update';
  readonly access: readonly ClientAccess[];
  /** By what they see rows. */
  readonly showing: readonly EntityOf<'policy'>[];
}

/**
 * `loop exit when not exists (select from people where slug = candidate); candidate := … end loop`, which a trigger of that table runs with the rights of the
 * client whose row it is: a value that a hidden row has is taken for free, and the unique key refuses it. By the trigger's own function or one that it calls.
 */
export function blindProbe(
  graph: SchemaGraph,
  routine: Routine,
  clientRoles: readonly string[],
): BlindProbe | undefined {
  if (routine.security === 'definer') return undefined;
  for (const column of probedColumns(graph, routine)) {
    const table = graph.find(column.relation);
    if (table?.kind !== 'table' || !isUsersOwn(graph, table) || !table.rowSecurity) continue;
    if (!graph.isKnown(table, 'rowSecurity')) continue;
    for (const trigger of graph.ownedBy(table.id, 'trigger')) {
      if (trigger.timing !== 'before' || trigger.level !== 'row' || !firesInOrigin(trigger)) continue;
      if (!runs(graph, trigger, routine)) continue;
      for (const event of ['update', 'insert'] as const) {
        if (!trigger.events.includes(event)) continue;
        const access = clientAccess(graph, table, clientRoles).filter(
          (each) =>
            each.commands.includes(event) &&
            mayMeetRows(graph, table, event, each) &&
            seesEveryRow(graph, each, table) === false,
        );
        const [first] = access;
        if (first === undefined) continue;
        return { trigger, column, event, access, showing: admittingPolicies(graph, table, 'select', first) };
      }
    }
  }
  return undefined;
}

/** Is it the trigger's function, or called by it with the rights of the client? */
function runs(graph: SchemaGraph, { function: id }: EntityOf<'trigger'>, routine: Routine): boolean {
  const fired = id === null ? undefined : graph.find(id);
  if (fired?.kind !== 'function' || fired.security === 'definer') return false;
  return fired === routine || routineShape(graph, fired).calls.includes(routine.id);
}

/** The columns with a unique key of their own in which a loop looks for a value that it changes from turn to turn. */
const probedColumns = askedOnce((graph: SchemaGraph, routine: Routine): readonly Column[] => {
  const { block, queries, expressions } = routineShape(graph, routine);
  const found = new Set<Column>();
  for (const { statement } of block === null ? [] : eachStatement([block])) {
    if (statement.kind !== 'loop' && statement.kind !== 'while') continue;
    const within = [...eachStatement([statement])].map((each) => each.statement);
    const changed = new Set(
      within.flatMap((each) =>
        each.kind === 'assign' && isCounted(graph, each.value, expressions)
          ? [stringsOf(fieldsOf(each.target.tree, 'ColumnRef')?.fields).join('.')]
          : [],
      ),
    );
    const trees = new Set(within.flatMap((each) => ownExpressions(each).map(({ tree }) => tree)));
    const bindings = new Set(expressions.filter(({ tree }) => trees.has(tree)));
    for (const { kind, binding, sources } of queries) {
      if (kind !== 'select' || ![...bindings].some((each) => each === binding)) continue;
      for (const { column: id, kind: test, variable } of sources.flatMap(({ tests }) => tests)) {
        const column = graph.get('column', id);
        if (test === 'equal' && variable !== null && changed.has(variable) && isUniqueAlone(graph, column))
          found.add(column);
      }
    }
  }
  return [...found];
});

/** Is the value made of what was there, with a number behind it: neither random, which hardly meets another, nor what a function of the user's gives? */
function isCounted(graph: SchemaGraph, { tree }: PlExpression, expressions: readonly BoundExpression[]): boolean {
  const bound = expressions.find((each) => each.tree === tree);
  if (bound === undefined || callsUsersFunction(graph, bound)) return false;
  return !nodesOf(tree, 'FuncCall').some(({ funcname }) => RANDOM.test(stringsOf(funcname).at(-1) ?? ''));
}

const RANDOM = /random|uuid|nanoid|salt|clock_timestamp/;
