import { entityKey } from '../graph/difference/entity-key.ts';
import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { Entity } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';

/** Only what is no consequence of another difference: what one change makes is told once, where it was made. */
export function causes(
  differences: readonly GraphDifference[],
  left: SchemaGraph,
  right: SchemaGraph,
): readonly GraphDifference[] {
  const differing = new Map<string, Set<string | null>>();
  for (const { leftEntity: a, rightEntity: b, fact } of differences) {
    const key = a !== null ? entityKey(left, a) : b !== null ? entityKey(right, b) : '';
    differing.set(key, (differing.get(key) ?? new Set()).add(fact));
  }
  const differs = (entity: Entity | undefined, graph: SchemaGraph, ...facts: readonly string[]): boolean => {
    const found = entity === undefined ? undefined : differing.get(entityKey(graph, entity));
    return found !== undefined && (facts.length === 0 || facts.some((each) => found.has(each)));
  };
  const hasNewTypes = differences.some(
    ({ kind, fact, leftEntity }) => fact === 'type' && kind === 'column' && !isOfQuery(leftEntity, left),
  );

  return differences.filter((difference) => {
    const { leftEntity: a, rightEntity: b, fact } = difference;
    const entity = a ?? b;
    const graph = a === null ? right : left;
    if (entity === null) return true;
    switch (entity.kind) {
      case 'sequence':
        return !(fact === 'owner' && entity.ownedBy !== null);
      case 'index':
        // It comes, goes and changes with its constraint.
        if (fact === null) return entity.constraint === null;
        if (fact === 'constraint') return false;
        return (
          !(fact === 'parent' && isPartedFrom(entity, graph)) &&
          !(entity.constraint !== null && differs(graph.find(entity.constraint), graph))
        );
      case 'foreignKey':
      case 'checkConstraint':
      case 'trigger':
        return !((fact === 'parent' || fact === 'isInherited') && isPartedFrom(entity, graph));
      case 'column': {
        if (!isOfQuery(entity, graph)) return !(fact === 'isInherited' && isPartedFrom(entity, graph));
        return !differs(graph.parent(entity), graph, 'query') && !(fact === 'type' && hasNewTypes);
      }
      default:
        return true;
    }
  });

  /** Of a table that is a partition on one side alone. */
  function isPartedFrom(entity: Entity, graph: SchemaGraph): boolean {
    return differs(graph.parent(entity), graph, 'partitionOf');
  }
}

function isOfQuery(column: Entity | null, graph: SchemaGraph): boolean {
  const kind = column === null ? undefined : graph.parent(column)?.kind;
  return kind === 'view' || kind === 'materializedView';
}
