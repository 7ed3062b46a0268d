import type { Node } from '@pgsql/types';
import { orderedSides } from '../../sql/equality.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { GROUP_TABLES } from '../lexicon/group-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { isAlwaysTrue } from '../policies/policy-clauses.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { columnUnder, valueUnder } from '../query-shapes/column-under.ts';
import { constantText, variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { columnPut, onlySource } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNumeric } from '../types/type-class.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** What somebody has come to with a shop or a club: it begins with nothing, and the other side counts. */
const COLLECTED: NamePatterns = [
  ...['*_points', '*_stamps', 'xp', '*_xp', '*_visits', '*_purchases', '*_spent', '*_punches', '*_stars_collected'],
  ...['!*_data_points', '!*_story_points'],
];

/** A number in a user's row with a group, by which a function finds what the user has come to. */
export interface FreeMeasure {
  readonly column: Column;
  readonly routine: Routine;
  /** What the function compares it with. */
  readonly threshold: Column;
}

/**
 * The numbers that a write leaves to users in their row with a shop, a club or another group, and that a function compares with what others set: the stamps
 * from which on somebody is a gold member. Not in rows that are nobody's business but the user's.
 */
export function freeMeasures(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { command, leavesFree }: OwnRowWrite,
  clientRoles: readonly string[],
): readonly FreeMeasure[] {
  if (command !== 'update' || !isWithGroup(graph, table)) return [];
  return graph.columns(table.id).flatMap((column): readonly FreeMeasure[] => {
    if (!isNamed(column.name, COLLECTED) || !isNumeric(graph, column.type)) return [];
    if (constantText(column.default?.tree) !== '0' || !leavesFree(column)) return [];
    const measure = measuredBy(graph)
      .get(column.id)
      ?.find(({ threshold }) => !isTheirs(graph, threshold, clientRoles));
    return measure === undefined ? [] : [{ column, ...measure }];
  });
}

function isWithGroup(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  return graph
    .ownedBy(table.id, 'foreignKey')
    .some(({ referencedTable }) => isNamed(graph.get('table', referencedTable).name.name, GROUP_TABLES));
}

/** May whoever is signed in write it, in any row or in rows of their own? */
function isTheirs(graph: SchemaGraph, { relation }: Column, clientRoles: readonly string[]): boolean {
  const table = graph.find(relation);
  if (table?.kind !== 'table') return true;
  return clientAccess(graph, table, clientRoles).some((each) =>
    (['insert', 'update'] as const).some((command) => {
      if (!each.commands.includes(command)) return false;
      if (!table.rowSecurity) return true;
      return admittingPolicies(graph, table, command, each).some(
        (policy) => isAlwaysTrue(policy, command) || ownRowWrites(graph, policy, clientRoles).length > 0,
      );
    }),
  );
}

/** By column, the functions that compare it with a column of another table, by its order. */
const measuredBy = askedOnce((graph): ReadonlyMap<EntityId, readonly Pick<FreeMeasure, 'routine' | 'threshold'>[]> => {
  const found = new Map<EntityId, Pick<FreeMeasure, 'routine' | 'threshold'>[]>();
  for (const routine of userRoutines(graph))
    for (const [one, threshold] of comparedIn(graph, routine)) addTo(found, one.id, { routine, threshold });
  return found;
});

/** The columns of two tables that it compares by their order, either way round. */
function comparedIn(graph: SchemaGraph, routine: Routine): readonly (readonly [Column, Column])[] {
  return routineShape(graph, routine).queries.flatMap(({ node, binding }) =>
    nodesOf(node, 'A_Expr')
      .flatMap((each) => orderedSides({ A_Expr: each }))
      .flatMap((sides) => {
        const [one, other] = sides.map((each) => columnOf(graph, routine, each, binding));
        return one === undefined || other === undefined || one.relation === other.relation
          ? []
          : [[one, other] as const];
      }),
  );
}

/** The column that a side is, also through the one SELECT … INTO that sets a variable. */
function columnOf(graph: SchemaGraph, routine: Routine, side: Node | undefined, binding: Binding): Column | undefined {
  const direct = columnUnder(side, binding)?.meaning.column;
  if (direct !== undefined) return graph.get('column', direct);
  const only = onlySource(graph, routine, variableOf(valueUnder(side).value, binding));
  const id = only && columnPut(only);
  return id === undefined ? undefined : graph.get('column', id);
}
