import type { AlterExtensionContentsStmt } from '@pgsql/types';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { neededObject } from '../find-object.ts';

/** ALTER EXTENSION … ADD and DROP member. */
export function alterExtensionContents(stmt: AlterExtensionContentsStmt, context: ReplayContext): void {
  const name = stmt.extname ?? '';
  const extension = context.graph.global('extension', name);
  if (extension === undefined) {
    context.reportUnknown('extension', quoteIdentifier(name));
    return;
  }
  if (stmt.objtype === undefined) return;
  const member = neededObject(stmt.objtype, stmt.object, context);
  if (member === undefined) return;
  if (stmt.action === 1) context.builder.alter(member, { extension: extension.id }, context.by);
  else
    context.notUnderstood('ALTER EXTENSION … DROP leaves an object behind that no statement of these files describes.');
}
