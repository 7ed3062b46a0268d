import type { SourceLocation } from '../../sql/location.ts';
import { askedStandings, type Standing } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { apiCallers } from '../privileges/api-calls.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import type { Query } from '../query-shapes/query.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { callerChoice } from '../routines/caller-choice.ts';
import { refusalsBefore } from '../routines/refusals-before.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { refusedChanges } from '../triggers/write-guards.ts';
import { typeClass } from '../types/type-class.ts';
import { mayMeetRows, policyAudience } from './policy-audience.ts';
import { clausesOf, conditionsOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Routine = EntityOf<'function'>;

/** What a function does only for those who have a role, and a policy lets everybody do who has a row beside them. */
export interface RoleAskedElsewhere {
  readonly routine: Routine;
  readonly command: 'update' | 'delete';
  /** Of `update`: what the function sets. */
  readonly columns: readonly EntityOf<'column'>[];
  /** The column that holds the role, and those that the function lets on. */
  readonly role: EntityOf<'column'>;
  readonly values: readonly string[];
  /** Where it refuses the others. */
  readonly at: SourceLocation;
}

/**
 * The writes that a SECURITY DEFINER function refuses whoever has no row with a certain role in a table of members (`if not exists (select from members where user_id = auth.uid()
 * and role = 'admin') then raise …`), though the policy asks of the same table only which rows are the caller's. Of columns those that no trigger guards
 * and the policy does not ask for. Empty where a restrictive policy asks as well.
 * @param reach how functions are called through the API
 */
export function rolesAskedElsewhere(
  graph: SchemaGraph,
  policy: Policy,
  reach: Parameters<typeof apiCallers>[2],
): readonly RoleAskedElsewhere[] {
  const table = graph.get('table', policy.table);
  if (!policy.isPermissive || policy.command === 'select' || policy.command === 'insert') return [];
  const writes = writesTo(graph, table.id);
  if (writes.length === 0) return [];
  const [access] = policyAudience(graph, policy, ['authenticated']);
  const clauses = clausesOf(policy).map(({ expression }) => expression);
  if (access === undefined || clauses.some((each) => conditionsOf(each).length > 1)) return [];
  const asked = clauses.map((each) => askedStandings(graph, policy, each));
  const named = new Set(clauses.flatMap(({ references }) => references.map(({ target }) => target)));
  return writes.flatMap(({ holder, query, write }): readonly RoleAskedElsewhere[] => {
    const command = write.kind === 'update' || write.kind === 'delete' ? write.kind : undefined;
    if (holder.kind !== 'function' || command === undefined || !access.commands.includes(command)) return [];
    // UPDATE and DELETE find only rows that may be read.
    const met = ([command, 'select'] as const).flatMap((each) => policiesFor(graph, table, each, access.role));
    if (met.some((each) => !each.isPermissive)) return [];
    if (policy.command !== 'all' && !mayMeetRows(graph, table, 'select', access)) return [];
    if (holder.security !== 'definer' || !apiCallers(graph, holder, reach).some(({ name }) => name === 'authenticated'))
      return [];
    const guard = roleGuards(graph, policy, holder, query).find(({ standing }) =>
      asked.every((each) => isOfMembersOnly(graph, standing, each)),
    );
    if (guard === undefined) return [];
    const columns = write.sets.flatMap(({ column, value, constant }) => {
      const set = column === null ? undefined : graph.get('column', column);
      if (set === undefined || named.has(set.id)) return [];
      const isChosen = constant !== null || callerChoice(graph, holder).decides(value ?? undefined, query.binding);
      const isOpen = mayColumn(graph, access.role, set, 'w') && !isGuarded(graph, table, set, 'update');
      return isChosen && isOpen ? [set] : [];
    });
    if (command === 'update' ? columns.length === 0 : refusedChanges(graph, table).has('delete')) return [];
    const role = graph.get('column', guard.standing.column);
    return [{ routine: holder, command, columns, role, values: guard.standing.values, at: guard.at }];
  });
}

/** Is a row in the same table asked for, and never the role in it? */
function isOfMembersOnly(graph: SchemaGraph, role: Standing, asked: readonly Standing[]): boolean {
  const members = graph.get('column', role.column).relation;
  return (
    asked.some(({ by, column }) => by === 'row' && graph.get('column', column).relation === members) &&
    asked.every(({ column }) => column !== role.column)
  );
}

interface RoleGuard {
  readonly standing: Standing;
  readonly at: SourceLocation;
}

function roleGuards(graph: SchemaGraph, policy: Policy, routine: Routine, query: Query): readonly RoleGuard[] {
  return refusalsBefore(graph, routine, query).flatMap(({ asked, at }) =>
    askedStandings(graph, policy, asked).flatMap((standing) => {
      const { type } = graph.get('column', standing.column);
      const isRole = standing.by === 'value' && standing.values.length > 0 && typeClass(graph, type) !== 'boolean';
      return isRole ? [{ standing, at }] : [];
    }),
  );
}
