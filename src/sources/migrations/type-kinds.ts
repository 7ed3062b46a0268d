import type { Node } from '@pgsql/types';
import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import type { QualifiedName } from '../../sql/name.ts';
import type { ReplayContext } from './context.ts';

/** The name for a new type, and the assumed entity it declares; refuses a name that a type or relation of the schema has. */
export function newTypeName(
  list: readonly Node[] | undefined,
  context: ReplayContext,
): { readonly name: QualifiedName; readonly assumed: Entity['id'] | undefined } {
  const written = context.nameOf(list);
  const name = context.newNameIn(written.schema, written.name);
  const existing = context.graph.type(name) ?? rowType(name, context);
  if (existing && existing.isAssumed !== true) context.refuseDuplicate(existing);
  return { name, assumed: existing?.id };
}

/** Relations have a row type of their name (docs, CREATE TABLE, notes on type names); sequences and indexes have none. */
function rowType(name: QualifiedName, context: ReplayContext): Entity | undefined {
  const found = context.graph.relation(name);
  return found?.kind === 'sequence' || found?.kind === 'index' ? undefined : found;
}

/** A type of one kind that a statement alters; a missing one is reported, one of another kind refused. */
export function neededType<K extends 'enumType' | 'domain'>(
  list: readonly Node[] | undefined,
  kind: K,
  context: ReplayContext,
): EntityOf<K> | undefined {
  const { schema, name } = context.nameOf(list);
  const found = context.names.typeEntity(schema, name);
  const written = context.written(schema ?? context.names.creationSchema(), name);
  if (found === undefined) {
    context.reportUnknown('type', written);
    return undefined;
  }
  if (found.kind !== kind) context.refuse(`${written} is not ${kind === 'domain' ? 'a domain' : 'an enum'}`);
  return found as EntityOf<K>;
}
