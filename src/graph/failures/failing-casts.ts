import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { valuesInHistory } from '../history/values-in-history.ts';
import type { Statement } from '../journal.ts';
import { columnMeaning, unwrapped } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import type { TypeRef } from '../types/type-ref.ts';

/** How constants of a type are spelled, where that is soon told. */
const SPELLED: ReadonlyMap<string, RegExp> = new Map([
  ['uuid', /^\{?(?:[0-9a-f]{4}-?){8}\}?$/i],
  ['integer', /^\s*[+-]?\d+\s*$/],
  ['decimal', /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i],
]);

/** Would a cast of the value fail with 22P02 for what the history writes into the column that it comes from: 'first_steps' as a uuid? */
export function failsForWritten(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  statements: readonly Statement[],
  value: Node,
  to: TypeRef,
): boolean {
  const spelled = SPELLED.get(typeClass(graph, to) ?? '');
  if (spelled === undefined) return false;
  return columnsBehind(graph, routine, value).some((id) => {
    const { constants = [] } = valuesInHistory(graph, statements).get(id) ?? {};
    return constants.some((each) => each !== 'null' && !spelled.test(each));
  });
}

/** The column that it is, or that the variable or the field of a record holds. */
function columnsBehind(graph: SchemaGraph, routine: EntityOf<'function'>, value: Node): readonly EntityId[] {
  const reference = fieldsOf(unwrapped(value), 'ColumnRef');
  const bound = routineShape(graph, routine).expressions.find(
    (each) => reference !== undefined && each.meanings.has(reference),
  );
  const meaning = reference && bound?.meanings.get(reference);
  if (meaning?.kind === 'column') return meaning.column === undefined ? [] : [meaning.column];
  if (meaning?.kind !== 'variable') return [];
  return (variableSources(graph, routine).get(meaning.name) ?? []).flatMap((each) =>
    'column' in each ? [each.column] : (columnMeaning(each.node, each.binding)?.column ?? []),
  );
}
