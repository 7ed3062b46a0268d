import type { EntityOf } from '../entities/index.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import { isSeen } from '../policies/claimed-rows.ts';
import { isWriter } from '../policies/owner-columns.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { belongingsOf } from './belongings.ts';
import { authorOf } from './rewritten-rows.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows of others that whoever belongs to something may say somebody else wrote. */
export interface ReassignedAuthor {
  readonly access: readonly ClientAccess[];
  readonly author: Column;
  /** The policy for INSERT, which asks that this is the caller. */
  readonly insert: Policy;
  /** The columns by which the caller is found to belong to it. */
  readonly places: readonly Column[];
  /** Where the caller is looked for. */
  readonly members: readonly EntityOf<'table'>['id'][];
  /** The policy lets nobody change rows for another reason. */
  readonly isSole: boolean;
}

/**
 * A policy for UPDATE that asks where a row is, beside policies for INSERT that ask that whoever the column names as the author is the caller: only by a
 * name that says nothing else (author_id, sender_id), and where those who belong there see each other's rows. Nothing where a grant, a trigger, a
 * restrictive policy or a check may keep the column.
 */
export function reassignedAuthor(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ReassignedAuthor | undefined {
  const { isPermissive, using, check, command } = policy;
  if (!isPermissive || using === null || command !== 'update') return undefined;
  const table = graph.get('table', policy.table);
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('update'),
  );
  const written = audience.length === 0 ? undefined : authorOf(graph, table, audience, clientRoles);
  if (written === undefined || !isWriter(written.author.name)) return undefined;
  const { author, insert } = written;
  const [belonging] = belongingsOf(graph, policy, using, author);
  if (belonging === undefined || (check !== null && belongingsOf(graph, policy, check, author).length === 0))
    return undefined;
  const access = audience.filter(
    (each) => isLeftTo(graph, table, author, 'update', each) && isSeen(graph, table, author, each),
  );
  if (access.length === 0) return undefined;
  return {
    access: access.map((each) => ({ ...each, commands: ['update'] })),
    author,
    insert,
    places: belonging.places,
    members: belonging.members,
    isSole: waysOf(using)?.length === 1,
  };
}
