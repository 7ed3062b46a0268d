import type { AlterObjectSchemaStmt } from '@pgsql/types';
import { nameSpaceOf } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';
import { findObject } from '../find-object.ts';
import { type InSchema, isInSchema, setSchema } from '../relations/new-name.ts';
import { ownedSequences } from '../relations/sequences.ts';

/** ALTER … SET SCHEMA: the object, and what has to be in the same schema. */
export function setObjectSchema(node: AlterObjectSchemaStmt, context: ReplayContext): void {
  const type = node.objectType ?? 'OBJECT_TABLE';
  const schema = node.newschema ?? '';
  const object = node.relation ? relationName(node.relation) : node.object;
  const found = findObject(type, object, context);
  if (found.is === 'elsewhere') return;
  if (found.is === 'missing') {
    if (!node.missing_ok) context.refuseUnknown(found.objectKind, found.name, node.relation?.location);
    return;
  }
  const home = context.assumptions.schema(schema);
  const { entity } = found;
  if (entity.kind === 'extension') {
    context.builder.alter(entity, { schema: home.id }, context.by);
    for (const each of [...context.graph.all()])
      if (each.extension === entity.id && isInSchema(each)) setSchema(context, each, schema);
    return;
  }
  if (!isInSchema(entity)) return;
  if (entity.kind === 'index') context.refuse(`cannot move index "${entity.name.name}" to another schema`);
  const owner = entity.kind === 'sequence' && entity.ownedBy !== null ? context.graph.find(entity.ownedBy) : undefined;
  if (owner) context.refuse('cannot move an owned sequence into another schema');
  for (const each of withCompany(entity, context)) {
    refuseTaken(each, schema, context);
    setSchema(context, each, schema);
  }
}

function relationName({ schemaname, relname }: { schemaname?: string; relname?: string }) {
  const parts = schemaname === undefined ? [relname ?? ''] : [schemaname, relname ?? ''];
  return { List: { items: parts.map((sval) => ({ String: { sval } })) } };
}

/** AlterTableNamespaceInternal(): a table's indexes and the sequences its columns own. */
function withCompany(entity: InSchema, context: ReplayContext): readonly InSchema[] {
  const { graph } = context;
  const sequences = graph.columns(entity.id).flatMap((column) => ownedSequences(context, column.id));
  return [entity, ...graph.ownedBy(entity.id, 'index'), ...sequences];
}

/** Overloads may share a name; what kind of thing has it otherwise does not matter here. */
function refuseTaken(entity: InSchema, schema: string, context: ReplayContext): void {
  const { graph } = context;
  if (entity.name.schema === schema) return;
  const name = { schema, name: entity.name.name };
  const space = nameSpaceOf(entity.kind);
  const taken = space === 'relation' ? graph.relation(name) : space === 'type' ? graph.type(name) : undefined;
  if (taken) context.refuseDuplicate(taken);
}
