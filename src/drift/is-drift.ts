import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { Entity } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { isHistoryTable } from '../sources/migrations/history-tables.ts';

/** Since then PUBLIC may not create in schema public (docs 5.10.6). */
const CLOSED_PUBLIC = 15;

/**
 * Is the difference between the user's schemas, and not between servers: versions of a platform, roles of a cluster, the
 * table in which a migration tool keeps what has run.
 */
export function isDrift(
  difference: GraphDifference,
  left: SchemaGraph,
  right: SchemaGraph,
  serverMajor: number,
): boolean {
  const { leftEntity, rightEntity, kind, fact } = difference;
  const sides = [
    ...(leftEntity ? [{ entity: leftEntity, graph: left }] : []),
    ...(rightEntity ? [{ entity: rightEntity, graph: right }] : []),
  ];
  if (sides.some(({ entity, graph }) => isOfHistory(entity, graph))) return false;
  // Who made a cluster's roles is not said in any database: only what a file says of them counts.
  if (kind === 'role') return sides.some(({ entity }) => isSaid(entity, fact));
  if (kind === 'column' && fact === 'position' && !isOrderOfItsOwn(difference, left, right)) return false;
  if (kind === 'schema' && leftEntity?.kind === 'schema' && leftEntity.name === 'public') {
    return fact === 'acl' && serverMajor >= CLOSED_PUBLIC;
  }
  if (kind === 'defaultPrivileges')
    return sides.some(({ entity }) => isSaid(entity, fact)) || sides.every(isOfMigrations);
  if (sides.every(({ entity, graph }) => isUsersOwn(graph, entity))) return true;
  return fact !== null && sides.some(({ entity }) => isSaid(entity, fact));
}

/** Does a statement of a file say so? */
function isSaid(entity: Entity, fact: string | null): boolean {
  const origin = fact === null ? entity.origin : (entity.setBy[fact] ?? entity.origin);
  return origin.from === 'statement';
}

/** Those of whoever runs migrations; a platform's own roles have others of their own. */
function isOfMigrations({ entity, graph }: { readonly entity: Entity; readonly graph: SchemaGraph }): boolean {
  if (entity.kind !== 'defaultPrivileges') return false;
  const role = graph.get('role', entity.role);
  const schema = entity.schema === null ? undefined : graph.get('schema', entity.schema);
  return (
    (role.name === 'postgres' || role.origin.from !== 'platform') &&
    (schema?.name === 'public' || isUsersSchema(schema))
  );
}

function isUsersSchema(schema: Entity | undefined): boolean {
  return schema === undefined || schema.origin.from !== 'platform';
}

function isOfHistory(entity: Entity, graph: SchemaGraph): boolean {
  for (let each: Entity | undefined = entity; each; each = graph.parent(each)) {
    if ((each.kind === 'table' || each.kind === 'sequence') && isHistoryTable(each.name.name.replace(/_id_seq$/, '')))
      return true;
  }
  return false;
}

/** Columns behind one that only a side has stand elsewhere there for that alone. */
function isOrderOfItsOwn({ leftEntity, rightEntity }: GraphDifference, left: SchemaGraph, right: SchemaGraph): boolean {
  if (leftEntity?.kind !== 'column' || rightEntity?.kind !== 'column') return false;
  const [a, b] = [namesBefore(leftEntity.relation, left), namesBefore(rightEntity.relation, right)];
  const both = (names: readonly string[], others: readonly string[]) => names.filter((each) => others.includes(each));
  const [shared, ordered] = [both(a, b), both(b, a)];
  return shared.indexOf(leftEntity.name) !== ordered.indexOf(leftEntity.name);
}

function namesBefore(relation: Parameters<SchemaGraph['columns']>[0], graph: SchemaGraph): readonly string[] {
  return graph.columns(relation).map(({ name }) => name);
}
