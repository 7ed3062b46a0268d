import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { valueOfSelect, variableOf } from '../query-shapes/operand.ts';
import type { Query } from '../query-shapes/query.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { type PutValue, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { sourceOf } from './caller-source.ts';

type Routine = EntityOf<'function'>;

/** Is the row that a statement of the routine picks from the table the caller's own: a unique column equals auth.uid(), or a variable that nothing else is put into? */
export function isCallersOwnRow(graph: SchemaGraph, routine: Routine, table: EntityId, query: Query): boolean {
  return query.sources
    .filter((each) => each.relation === table)
    .flatMap((each) => rowEqualities(query, each))
    .some(({ column, value }) => {
      if (!isUniqueAlone(graph, graph.get('column', column))) return false;
      const variable = variableOf(value, query.binding);
      if (variable === null) return isCaller(graph, { node: value, binding: query.binding });
      const sources = variableSources(graph, routine).get(variable) ?? [];
      return sources.length > 0 && sources.every((each) => isCaller(graph, each));
    });
}

function isCaller(graph: SchemaGraph, value: PutValue): boolean {
  const node = 'node' in value ? valueOfSelect(value.node) : undefined;
  return node !== undefined && sourceOf(graph, node, value.binding) === 'user';
}
