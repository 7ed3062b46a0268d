import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { LETTERS } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import { certainWrites } from '../query-shapes/certain-writes.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { type RowEvent, startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/** A write of a trigger on auth.users for which Supabase Auth, with whose rights it runs, has no privilege. */
export interface ForbiddenInAuth {
  readonly trigger: EntityOf<'trigger'>;
  readonly event: RowEvent;
  readonly deed: 'insert' | 'update' | 'delete';
  readonly written: EntityOf<'table'>;
}

/**
 * Auth writes auth.users as supabase_auth_admin, and a trigger there that is not SECURITY DEFINER runs with the rights of that role, which has none on tables of
 * the user's unless somebody grants them: 42501, whatever rows the statement meets. Only statements that each run comes to, outside of handlers.
 */
export const forbiddenInAuth = askedOnce((graph: SchemaGraph, routine: Routine): ForbiddenInAuth | undefined => {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  const role = graph.global('role', 'supabase_auth_admin');
  if (routine.security === 'definer' || users?.kind !== 'table' || role === undefined) return undefined;
  if (graph.isDoubtful(routine, ['functions'])) return undefined;
  for (const event of EVENTS)
    for (const trigger of graph.dependentsOfKind(routine.id, 'trigger')) {
      const { relation, events, when, updateColumns, level } = trigger;
      const isAsked = relation === users.id && level === 'row' && when === null && updateColumns.length === 0;
      if (!isAsked || !events.includes(event) || !firesInOrigin(trigger)) continue;
      for (const { write } of certainWrites(routineShape(graph, routine), startsFor(event))) {
        const { kind: deed, relation: into } = write;
        const written = into === null ? undefined : graph.find(into);
        if (deed === 'truncate' || written?.kind !== 'table' || !isUsersOwn(graph, written)) continue;
        if (graph.isDoubtful(written, ['privileges']) || written.isAssumed === true) continue;
        const letter = LETTERS.get(deed) ?? '';
        const isOfColumns = graph.columns(written.id).some(({ acl }) => acl.length > 0);
        if (!isOfColumns && !mayTable(graph, role.id, written, letter)) return { trigger, event, deed, written };
      }
    }
  return undefined;
});

/** The worst first. */
const EVENTS: readonly RowEvent[] = ['insert', 'update', 'delete'];
