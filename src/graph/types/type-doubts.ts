import type { TypeClash } from '../binding/type-clash.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * May types fit although the binder says that they clash: an operator or cast of the history's own, or a relation of whose columns something
 * is not understood?
 */
export function mayFit(
  graph: SchemaGraph,
  { kind, name }: { readonly kind: TypeClash['kind'] | 'label'; readonly name: string },
  relations: readonly EntityId[],
): boolean {
  // An extension's are for types of its own, of which the binder concludes nothing.
  if (graph.ofKind('cast').some(({ extension }) => extension === undefined)) return true;
  const operators = kind === 'operator' ? graph.ofKind('operator').filter((each) => each.name.name === name) : [];
  if (operators.some(({ extension }) => extension === undefined)) return true;
  return relations.some((each) => {
    const relation = graph.find(each);
    return relation === undefined || graph.isDoubtful(relation, ['types', 'columns', 'existence']);
  });
}
