import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isBuiltIn } from '../types/type-ref.ts';

type Column = EntityOf<'column'>;

/**
 * `now() at time zone 'utc'` for a timestamptz: what a clock of the zone shows, taken for what one of the session's zone shows. In a session of that
 * zone it is the moment itself, in any other it is off by the distance of the two.
 */
export interface ShiftedTime {
  readonly column: Column;
  readonly zone: string;
  readonly isUtc: boolean;
  /** The value as a whole, and the call in it that gives the moment. */
  readonly value: Node;
  readonly moment: Node;
}

/** One that a routine writes. */
export interface ShiftedWrite extends ShiftedTime {
  /** A column of that name is no timestamptz in another table that the trigger function serves. */
  readonly isMixed: boolean;
  readonly at: SourceLocation | null;
}

const UTC = /^(?:(?:etc\/)?(?:utc|gmt|uct|zulu|universal|greenwich)|z|[-+]?0{1,2}(?::?00)?)$/i;

/** Those that the defaults of a table give. */
export function shiftedDefaults(graph: SchemaGraph, table: EntityOf<'table'>): readonly ShiftedTime[] {
  return graph
    .columns(table.id)
    .flatMap((column) => (column.default === null || column.isInherited ? [] : shifted(graph, column, column.default)));
}

/** Those that a routine puts into the row of its trigger, or into rows that it writes. */
export function shiftedWrites(graph: SchemaGraph, routine: EntityOf<'function'>): readonly ShiftedWrite[] {
  const { assignments, writes } = routineShape(graph, routine);
  const relations = isBuiltIn(routine.returns, 'trigger') ? triggeredRelations(graph, routine) : [];
  const ofRow = assignments.flatMap(({ target: [row, name, more], value, at }): readonly ShiftedWrite[] => {
    if (row !== 'new' || name === undefined || more !== undefined || value === null) return [];
    const columns = relations.flatMap((each) => graph.column(each, name) ?? []);
    const [first] = columns.flatMap((each) => shifted(graph, each, value));
    const isMixed = columns.some((each) => typeClass(graph, each.type) !== 'timestamptz');
    return first === undefined ? [] : [{ ...first, isMixed, at }];
  });
  const written = writes.flatMap(({ query, write }) =>
    write.sets.flatMap(({ column, value }): readonly ShiftedWrite[] => {
      if (column === null || value === null) return [];
      const found = shifted(graph, graph.get('column', column), { tree: value, meanings: query.binding.meanings });
      return found.map((each) => ({ ...each, isMixed: false, at: write.at ?? query.at }));
    }),
  );
  return [...ofRow, ...written];
}

function shifted(
  graph: SchemaGraph,
  column: Column,
  { tree, meanings }: Pick<BoundExpression, 'tree'> & Pick<Binding, 'meanings'>,
): readonly ShiftedTime[] {
  const inner = unwrapped(tree);
  const call = fieldsOf(inner, 'FuncCall');
  const meaning = call && meanings.get(call);
  if (call === undefined || meaning?.kind !== 'call' || typeClass(graph, column.type) !== 'timestamptz') return [];
  const { schema, name } = meaning.function.name;
  const [given, moment, another] = call.args ?? [];
  const zone = constantText(given);
  if (schema !== 'pg_catalog' || name !== 'timezone' || zone === null) return [];
  if (moment === undefined || another !== undefined || !isMoment(moment)) return [];
  return [{ column, zone, isUtc: UTC.test(zone), value: tree, moment }];
}

/** now(), CURRENT_TIMESTAMP and their like; not LOCALTIMESTAMP or CURRENT_DATE, which are readings of a clock already. */
function isMoment(node: Node): boolean {
  const { op } = fieldsOf(node, 'SQLValueFunction') ?? {};
  return op === undefined ? isCurrentTime(node) : /^SVFOP_CURRENT_TIMESTAMP(?:_N)?$/.test(op);
}
