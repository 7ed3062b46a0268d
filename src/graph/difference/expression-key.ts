import { display } from '../../sql/name.ts';
import { innerNode } from '../binding/analysis.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';

/**
 * Equal for expressions and queries that Postgres keeps as the same tree, by the names their objects have now.
 * @param type what the place of the expression makes of it: the column's type for a default. A server prints the cast it
 *   implies, a person leaves it out.
 */
export function expressionKey(expression: BoundExpression, graph: SchemaGraph, type?: TypeRef | null): string {
  const nameOf = (id: EntityId): string => {
    const entity = graph.find(id);
    if (entity === undefined) return '';
    // Replay knows an extension's functions by name only.
    if (entity.kind === 'function' && entity.extension !== undefined) return display(entity.name);
    return entity.kind === 'column' ? entity.name : graph.path(entity);
  };
  const labelOf = (id: EntityId, label: string): string => {
    const type = graph.find(id);
    return (type?.kind === 'enumType' ? type.renamed?.get(label) : undefined) ?? label;
  };
  // The columns of a view are entities of their own, with the names that its column list may give them.
  const options = { isNamed: false, labelOf };
  const root = innerNode(expression.tree);
  const stored = type && storedType(type, graph);
  if (!stored || stored.isUnresolved || root === undefined) {
    return canonical(expression.tree, expression, nameOf, options);
  }
  const coercions = new Map([...expression.coercions, [root, { ...stored, modifiers: [] }] as const]);
  return canonical(expression.tree, { ...expression, coercions }, nameOf, options);
}

/** A domain's values are cast to what it is made of, and then only checked: no cast is printed for that. */
function storedType(type: TypeRef, graph: SchemaGraph): TypeRef {
  const entity = type.entity === undefined || type.isArray ? undefined : graph.find(type.entity);
  return entity?.kind === 'domain' ? storedType(entity.base, graph) : type;
}
