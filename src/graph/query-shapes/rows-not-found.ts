import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { variableOf } from './operand.ts';
import type { Query } from './query.ts';
import { triggeredRelations } from './routine-scope.ts';
import { rowEqualities } from './row-equalities.ts';
import { rowField } from './row-field.ts';
import { columnPut, onlySource } from './variable-sources.ts';

type Routine = EntityOf<'function'>;

/** Rows of tables by a condition, and no aggregate, which has one row always; not the parent of a row that there is. */
export function mayFindNone(graph: SchemaGraph, routine: Routine, query: Query): boolean {
  const select = fieldsOf(query.node, 'SelectStmt');
  if (select?.whereClause === undefined || query.groups || query.unresolved.length > 0) return false;
  if (query.sources.length === 0 || !givesOneValue([...(select.targetList ?? [])], query.binding)) return false;
  return !query.sources.some((source) =>
    rowEqualities(query, source).some(({ column, value }) => {
      const known = knownColumns(graph, routine, value, query.binding);
      return known.some((each) => graph.foreignKeysOf(each).some((key) => refers(key, each.id, column)));
    }),
  );
}

/** The columns of rows that there are whose value it is: of the row that a trigger runs for, or one that was read into a variable. */
function knownColumns(
  graph: SchemaGraph,
  routine: Routine,
  value: Node,
  binding: Binding,
): readonly EntityOf<'column'>[] {
  const field = rowField(value);
  if (field !== undefined)
    return triggeredRelations(graph, routine).flatMap((each) => graph.column(each, field.name) ?? []);
  const put = onlySource(graph, routine, variableOf(value, binding));
  const column = put === undefined ? undefined : columnPut(put);
  return column === undefined ? [] : [graph.get('column', column)];
}

function refers({ columns, referencedColumns }: EntityOf<'foreignKey'>, column: EntityId, other: EntityId): boolean {
  return referencedColumns[columns.indexOf(column)] === other;
}

/** Was the row perhaps added before, by INSERT … ON CONFLICT DO NOTHING? */
export function isAddedBefore(queries: readonly Query[], before: readonly Node[], query: Query): boolean {
  return queries.some(
    (each) =>
      before.includes(each.node) &&
      each.writes.some(({ relation }) => query.sources.some((source) => source.relation === relation)),
  );
}
