import type { Entity } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';

type PlainlyNamed = Extract<Entity, { readonly name: string }>;
export type InSchema = Extract<Entity, { readonly name: QualifiedName }>;

export function isInSchema(entity: Entity): entity is InSchema {
  return 'name' in entity && typeof entity.name === 'object';
}

function isPlainlyNamed(entity: Entity): entity is PlainlyNamed {
  return 'name' in entity && typeof entity.name === 'string';
}

/** Gives an entity another name; one in a schema stays there. Who may have the name already is the caller's question. */
export function setName(context: ReplayContext, entity: Entity, name: string, origin?: Origin): void {
  const { builder, by } = context;
  if (isInSchema(entity)) builder.alter<InSchema>(entity, { name: { schema: entity.name.schema, name } }, by, origin);
  else if (isPlainlyNamed(entity)) builder.alter<PlainlyNamed>(entity, { name }, by, origin);
}

export function setSchema(context: ReplayContext, entity: InSchema, schema: string): void {
  const before = entity.name;
  if (before.schema === schema) return;
  const name = { schema, name: before.name };
  context.builder.alter<InSchema>(entity, { name }, context.by);
  if (entity.kind === 'operatorClass' || entity.kind === 'minorObject') followName(context, before, name);
}

/** Collations and operator classes are named in columns, domains and index keys, not pointed at. */
function followName(context: ReplayContext, before: QualifiedName, after: QualifiedName): void {
  const { graph, builder, by } = context;
  const follow = (name: QualifiedName | null): QualifiedName | null =>
    name?.schema === before.schema && name.name === before.name ? after : name;
  for (const index of graph.ofKind('index')) {
    const keys = index.keys.map((key) => ({
      ...key,
      opclass: follow(key.opclass),
      collation: follow(key.collation),
    }));
    const isChanged = keys.some(
      (key, i) => key.opclass !== index.keys[i]?.opclass || key.collation !== index.keys[i]?.collation,
    );
    if (isChanged) builder.alter(index, { keys }, by, index.setBy.keys ?? index.origin);
  }
  for (const kind of ['column', 'domain'] as const) {
    for (const each of graph.ofKind(kind)) {
      const collation = follow(each.collation);
      const origin = each.setBy.collation ?? each.origin;
      if (collation !== each.collation && each.kind === 'column') builder.alter(each, { collation }, by, origin);
      if (collation !== each.collation && each.kind === 'domain') builder.alter(each, { collation }, by, origin);
    }
  }
}
