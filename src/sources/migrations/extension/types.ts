import type { BoundColumn } from '../../../graph/binding/name-source.ts';
import type { Entity } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import type { ExtensionType } from '../../../platform/extensions.ts';
import type { ReplayContext } from '../context.ts';

/** A type that an extension brings, unless something has its name. */
export function createType(type: ExtensionType, extension: EntityId, context: ReplayContext): void {
  const { builder, graph, by, session } = context;
  const { name } = type;
  if (graph.type(name) || graph.relation(name)) return;
  const shared = { name, owner: session.role, acl: context.initialAcl('type', name.schema), extension };
  switch (type.kind) {
    case 'enum':
      builder.create({ kind: 'enumType', ...shared, labels: type.labels ?? [] }, by);
      return;
    case 'domain':
      if (type.base) {
        const base = known(type.base, context);
        builder.create({ kind: 'domain', ...shared, base, notNull: false, default: null, collation: null }, by);
      }
      return;
    case 'composite':
      createColumns(builder.create({ kind: 'compositeType', ...shared }, by), type.columns ?? [], [], context);
      return;
    case 'range':
      if (type.base) {
        const subtype = known(type.base, context);
        builder.create({ kind: 'rangeType', ...shared, subtype, multirangeName: '' }, by);
      }
      return;
    default:
      builder.create({ kind: 'baseType', ...shared }, by);
  }
}

/** Types come by name; those that are entities here get their id. */
export function known(type: TypeRef, context: ReplayContext): TypeRef {
  const { schema, name } = type.name;
  const entity = schema === 'pg_catalog' ? undefined : context.names.typeEntity(schema, name);
  return entity === undefined ? type : { ...type, entity: entity.id };
}

export function createColumns(
  owner: Entity,
  columns: readonly BoundColumn[],
  notNull: readonly string[],
  context: ReplayContext,
): void {
  for (const [at, { name, type }] of columns.entries()) {
    context.builder.create(
      {
        kind: 'column',
        relation: owner.id,
        name,
        position: at + 1,
        type: type === undefined ? null : known(type, context),
        notNull: notNull.includes(name),
        notNullName: null,
        default: null,
        identity: null,
        generated: null,
        collation: null,
        isInherited: false,
        acl: [],
      },
      context.by,
    );
  }
}
