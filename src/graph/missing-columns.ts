import { askedOnce } from './asked-once.ts';
import type { BoundExpression } from './bound-expression.ts';
import { dependenciesOf, type Entity } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Does the entity rest on a column that its table, which is known, does not have: an index, a key, a policy over it? Postgres
 * refused the statement that was to make it, so it is not there, whatever the rest of the history says of it.
 */
export function restsOnMissingColumn(graph: SchemaGraph, entity: Entity): boolean {
  if (clausesOf(entity).some(namesMissingColumn)) return true;
  const missing = missingColumns(graph);
  if (entity.kind === 'column' || missing.size === 0) return false;
  return dependenciesOf(entity).some(({ on, part }) => part === undefined && missing.has(on));
}

const missingColumns = askedOnce((graph): ReadonlySet<EntityId> => {
  const missing = graph.ofKind('column').filter(({ isAssumed, relation }) => {
    const table = isAssumed === true ? graph.find(relation) : undefined;
    return table?.kind === 'table' && table.isAssumed !== true;
  });
  return new Set(missing.map(({ id }) => id));
});

function clausesOf(entity: Entity): readonly (BoundExpression | null)[] {
  switch (entity.kind) {
    case 'policy':
      return [entity.using, entity.check];
    case 'checkConstraint':
      return [entity.expression];
    case 'index':
      return [entity.predicate, ...entity.keys.map((key) => key.expression)];
    default:
      return [];
  }
}

/** The binder calls a name unknown only where all columns it could be are known. */
function namesMissingColumn(clause: BoundExpression | null): boolean {
  return clause?.unresolved.some(({ kind, reason }) => kind === 'column' && reason === 'unknown') === true;
}
