import type { AlterEventTrigStmt, CreateEventTrigStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { defElems } from '../../../sql/def-elem.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { triggerFunction } from './create-trigger.ts';

/** pg_event_trigger.evtenabled, and tgenabled of triggers. */
const ENABLED: ReadonlyMap<string, EntityOf<'eventTrigger'>['enabled']> = new Map([
  ['O', 'origin'],
  ['D', 'disabled'],
  ['R', 'replica'],
  ['A', 'always'],
]);

export function createEventTrigger(stmt: CreateEventTrigStmt, context: ReplayContext): void {
  const name = stmt.trigname ?? '';
  const existing = context.graph.global('eventTrigger', name);
  if (existing) context.refuseDuplicate(existing);
  const tags = defElems(stmt.whenclause)
    .filter((each) => each.defname === 'tag')
    .flatMap((each) => stringsOf(fieldsOf(each.arg, 'List')?.items));
  context.builder.create(
    {
      kind: 'eventTrigger',
      name,
      event: stmt.eventname ?? '',
      tags: tags.map((tag) => tag.toUpperCase()),
      function: triggerFunction(stmt.funcname, 'event_trigger', context),
      enabled: 'origin',
      owner: context.session.role,
    },
    context.by,
  );
}

export function alterEventTrigger(stmt: AlterEventTrigStmt, context: ReplayContext): void {
  const name = stmt.trigname ?? '';
  const found = context.graph.global('eventTrigger', name);
  if (found === undefined) {
    context.reportUnknown('event trigger', quoteIdentifier(name));
    return;
  }
  context.builder.alter(found, { enabled: ENABLED.get(stmt.tgenabled ?? 'O') ?? 'origin' }, context.by);
}
