import type { CreateFdwStmt, CreateForeignServerStmt, ImportForeignSchemaStmt } from '@pgsql/types';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';

export function createForeignDataWrapper(stmt: CreateFdwStmt, context: ReplayContext): void {
  const name = stmt.fdwname ?? '';
  const existing = context.graph.global('foreignDataWrapper', name);
  if (existing) context.refuseDuplicate(existing);
  context.builder.create({ kind: 'foreignDataWrapper', name }, context.by);
}

export function createForeignServer(stmt: CreateForeignServerStmt, context: ReplayContext): void {
  const name = stmt.servername ?? '';
  const existing = context.graph.global('foreignServer', name);
  if (existing && stmt.if_not_exists === true) {
    context.skipped(existing);
    return;
  }
  if (existing) context.refuseDuplicate(existing);
  const wrapper = context.graph.global('foreignDataWrapper', stmt.fdwname ?? '');
  if (wrapper === undefined && !context.provided.isOpen())
    context.reportUnknown('foreign-data wrapper', quoteIdentifier(stmt.fdwname ?? ''));
  context.builder.create({ kind: 'foreignServer', name, wrapper: wrapper?.id ?? null }, context.by);
}

/** Makes foreign tables after what another server holds, which no file says. */
export function importForeignSchema(stmt: ImportForeignSchemaStmt, context: ReplayContext): void {
  const schema = stmt.local_schema ?? '';
  context.assumptions.schema(schema);
  const what = `IMPORT FOREIGN SCHEMA makes tables in ${quoteIdentifier(schema)} that the migrations do not describe.`;
  context.notUnderstood(what, undefined, { aspects: ['existence', 'columns'], reach: { schemas: [schema] } });
}
