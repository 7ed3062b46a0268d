import type { CreateCastStmt } from '@pgsql/types';
import { isSameType } from '../../../graph/binding/type-system.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';
import { neededRoutine } from '../routine/find-routine.ts';
import { withoutModifiers } from '../routine/parameters.ts';

const CONTEXTS: ReadonlyMap<string, EntityOf<'cast'>['context']> = new Map([
  ['COERCION_IMPLICIT', 'implicit'],
  ['COERCION_ASSIGNMENT', 'assignment'],
]);

export function createCast(stmt: CreateCastStmt, context: ReplayContext): void {
  const source = withoutModifiers(context.type(stmt.sourcetype));
  const target = withoutModifiers(context.type(stmt.targettype));
  const existing = context.graph
    .ofKind('cast')
    .find((each) => isSameType(each.source, source) && isSameType(each.target, target));
  if (existing) context.refuseDuplicate(existing);
  const fn = stmt.func === undefined ? undefined : neededRoutine(stmt.func, 'OBJECT_FUNCTION', context);
  const facts = { source, target, function: fn?.id ?? null, context: CONTEXTS.get(stmt.context ?? '') ?? 'explicit' };
  context.builder.create({ kind: 'cast', ...facts }, context.by);
}
