import type { DefineStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { newTypeName } from '../type-kinds.ts';

/** CREATE TYPE name, a shell, and CREATE TYPE name (INPUT = …, …), which may fill one. */
export function createBaseType(stmt: DefineStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.defnames);
  const shell = context.names.typeEntity(written.schema, written.name);
  if (stmt.definition !== undefined && shell?.kind === 'baseType') return;
  const { name, assumed } = newTypeName(stmt.defnames, context);
  const acl = context.initialAcl('type', name.schema);
  context.builder.create({ kind: 'baseType', name, owner: context.session.role, acl }, context.by, assumed);
}
