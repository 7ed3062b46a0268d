import type { ColumnDef, CompositeTypeStmt } from '@pgsql/types';
import type { Entity } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';
import { collationName } from '../relations/indexes.ts';
import { newTypeName } from '../type-kinds.ts';

/** CREATE TYPE … AS (…): its attributes are columns of it. */
export function createCompositeType(stmt: CompositeTypeStmt, context: ReplayContext): void {
  const { schemaname, relname = '' } = stmt.typevar ?? {};
  const parts = schemaname === undefined ? [relname] : [schemaname, relname];
  const { name, assumed } = newTypeName(
    parts.map((sval) => ({ String: { sval } })),
    context,
  );
  const acl = context.initialAcl('type', name.schema);
  const type = context.builder.create(
    { kind: 'compositeType', name, owner: context.session.role, acl },
    context.by,
    assumed,
  );
  for (const element of stmt.coldeflist ?? [])
    if ('ColumnDef' in element) addAttribute(type, element.ColumnDef, context);
}

export function addAttribute(type: Entity, definition: ColumnDef, context: ReplayContext): void {
  const name = definition.colname ?? '';
  const existing = context.graph.column(type.id, name);
  if (existing && existing.isAssumed !== true) context.refuseDuplicate(existing, definition.location);
  const collation = definition.collClause?.collname;
  context.builder.create(
    {
      kind: 'column',
      relation: type.id,
      name,
      position: existing?.position ?? context.graph.columns(type.id).length + 1,
      type: context.type(definition.typeName),
      notNull: false,
      notNullName: null,
      default: null,
      identity: null,
      generated: null,
      collation: collation === undefined ? null : collationName(collation, context),
      isInherited: false,
      acl: [],
      origin: context.origin(definition.location),
    },
    context.by,
    existing?.id,
  );
}
