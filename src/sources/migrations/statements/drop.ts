import type { DropStmt, Node, ObjectType } from '@pgsql/types';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { describeObject } from '../describe-object.ts';
import { dropObjects } from '../drop-objects.ts';
import { findObject, namesOf } from '../find-object.ts';
import { partitionsOf } from '../relations/children.ts';

/** DROP of every kind of object but roles, databases and user mappings (RemoveObjects(), src/backend/commands/dropcmds.c). */
export function drop(node: DropStmt, context: ReplayContext): void {
  const type = node.removeType ?? 'OBJECT_TABLE';
  const objects = node.objects ?? [];
  const found = objects.flatMap((object) => findRoot(type, object, node.missing_ok === true, objects.length, context));
  for (const entity of found) refuseRequired(entity, type, context);
  const cascade = node.behavior === 'DROP_CASCADE';
  const roots = new Set(found.flatMap((entity) => [entity, ...withIt(entity, found, cascade, context)]));
  dropObjects(context, [...roots], { cascade });
  for (const object of objects) settle(type, object, context);
}

/** From here on there is no policy or trigger of that name, whatever a statement that was not understood may have made. */
function settle(type: ObjectType, object: Node, { builder, names }: ReplayContext): void {
  const kind = type === 'OBJECT_POLICY' ? 'policy' : type === 'OBJECT_TRIGGER' ? 'trigger' : undefined;
  if (kind === undefined) return;
  const [name, relation = '', schema] = [...namesOf(object)].reverse();
  const owner = names.relationEntity(schema, relation);
  if (owner !== undefined && name !== undefined) builder.settle(owner.id, { kind, name });
}

function findRoot(
  type: ObjectType,
  object: Node,
  missingOk: boolean,
  count: number,
  context: ReplayContext,
): readonly Entity[] {
  const found = findObject(type, object, context);
  if (found.is === 'found') return [found.entity];
  if (found.is === 'elsewhere' || missingOk) return [];
  // Of several, those that are there are dropped: the history goes on as its author meant it.
  if (count > 1) context.reportUnknown(found.objectKind, found.name);
  else context.refuseUnknown(found.objectKind, found.name);
  return [];
}

/** Dependencies of deptype i, e and P: the object is part of another, which has to be dropped instead (docs 52.18). */
function refuseRequired(entity: Entity, type: ObjectType, context: ReplayContext): void {
  const owner = requiredBy(entity, context);
  if (owner === undefined || type === 'OBJECT_EXTENSION') return;
  const { graph } = context;
  context.refuse(`cannot drop ${describeObject(entity, graph)} because ${describeObject(owner, graph)} requires it`);
}

function requiredBy(entity: Entity, { graph }: ReplayContext): Entity | undefined {
  if (entity.extension !== undefined) return graph.find(entity.extension);
  if (entity.kind === 'index') {
    const id = entity.parent ?? entity.constraint;
    return id === null ? undefined : graph.find(id);
  }
  if (entity.kind === 'sequence' && entity.isIdentity)
    return entity.ownedBy === null ? undefined : graph.find(entity.ownedBy);
  if (entity.kind !== 'trigger') return undefined;
  const relation = graph.find(entity.relation);
  if (relation?.kind !== 'table' || relation.partitionOf === null || entity.level !== 'row') return undefined;
  return graph.part('trigger', relation.partitionOf, entity.name);
}

/** What is dropped with the object though no dependency of the graph says so. */
function withIt(entity: Entity, roots: readonly Entity[], cascade: boolean, context: ReplayContext): readonly Entity[] {
  const { graph } = context;
  switch (entity.kind) {
    case 'schema': {
      const content = contentOf(entity.name, graph);
      const [first] = content;
      if (!cascade && first) {
        const what = `cannot drop schema ${quoteIdentifier(entity.name)} because other objects depend on it`;
        if (!graph.isDoubtful(first, ['existence'])) context.refuse(`${what}: ${describeObject(first, graph)}`);
      }
      return content;
    }
    case 'extension':
      return [...graph.all()].filter((each) => each.extension === entity.id);
    case 'table':
      return keysToPartition(entity, roots, cascade, context);
    case 'trigger':
      return entity.level === 'row' ? clonesOf(entity.relation, entity.name, context) : [];
    default:
      return [];
  }
}

/** A foreign key to a partitioned table rests on each of its partitions (addFkRecurseReferenced(), tablecmds.c). */
function keysToPartition(
  table: EntityOf<'table'>,
  roots: readonly Entity[],
  cascade: boolean,
  context: ReplayContext,
): readonly Entity[] {
  const { graph } = context;
  const keys = ancestorsOf(table, graph)
    .flatMap((ancestor) => graph.referencedBy(ancestor.id))
    .filter(
      (key) => key.parent === null && !roots.some((root) => root.id === key.table || root.id === key.referencedTable),
    );
  const [first] = keys;
  if (!cascade && first) {
    const what = `cannot drop ${describeObject(table, graph)} because other objects depend on it`;
    if (!graph.isDoubtful(first, ['constraints', 'existence']))
      context.refuse(`${what}: ${describeObject(first, graph)}`);
  }
  return keys;
}

function ancestorsOf(table: EntityOf<'table'>, graph: SchemaGraph): readonly EntityOf<'table'>[] {
  const parent = table.partitionOf === null ? undefined : graph.find(table.partitionOf);
  return parent?.kind === 'table' ? [parent, ...ancestorsOf(parent, graph)] : [];
}

/** Everything that is in a schema by its own name; parts of relations go with these. */
export function contentOf(schema: string, graph: SchemaGraph): readonly Entity[] {
  return [...graph.all()].filter(
    (each) => 'name' in each && typeof each.name === 'object' && each.name.schema === schema,
  );
}

function clonesOf(relation: Entity['id'], name: string, context: ReplayContext): readonly Entity[] {
  return partitionsOf(context.graph, relation).flatMap((partition) => {
    const clone = context.graph.part('trigger', partition.id, name);
    return clone ? [clone, ...clonesOf(partition.id, name, context)] : [];
  });
}
