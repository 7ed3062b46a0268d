import type { CommentStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { neededObject } from '../find-object.ts';

/** COMMENT ON anything; an empty text takes the comment away, as NULL does. */
export function comment(stmt: CommentStmt, context: ReplayContext): void {
  if (stmt.objtype === undefined) return;
  const entity = neededObject(stmt.objtype, stmt.object, context);
  if (entity) context.builder.alter(entity, { comment: stmt.comment || null }, context.by);
}
