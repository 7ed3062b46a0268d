import type { TypeClash } from './binding/type-clash.ts';
import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * May types fit although the binder says that they clash: an operator or cast of the history's own, or a relation of whose columns something
 * is not understood?
 */
export function mayFit(
  graph: SchemaGraph,
  { kind, name }: { readonly kind: TypeClash['kind'] | 'label'; readonly name: string },
  relations: readonly EntityId[],
): boolean {
  if (graph.ofKind('cast').length > 0) return true;
  if (kind === 'operator' && graph.ofKind('operator').some((each) => each.name.name === name)) return true;
  return relations.some((each) => {
    const relation = graph.find(each);
    return relation === undefined || graph.isDoubtful(relation, ['types', 'columns', 'existence']);
  });
}
