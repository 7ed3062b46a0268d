import { isClosedToSignedOut } from '../graph/caller/closed-conditions.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { clausesOf } from '../graph/policies/policy-clauses.ts';
import { ROW_COMMANDS } from '../graph/policies/row-security.ts';
import { commandsOf } from '../graph/policies/unreached-policies.ts';
import { heldLetters } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isSecretColumn } from '../graph/secrets/secret-column.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/** Gives the roles what the policies need, to those whom a policy can let in; to read, without what looks like a secret. */
export function grantForPolicies(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  policies: readonly EntityOf<'policy'>[],
  roles: readonly string[],
): Fix | undefined {
  const columns = graph.columns(table.id);
  const shown = columns.filter((each) => !isSecretColumn(graph, each));
  const read = shown.length === columns.length ? 'select' : sql`select (${shown.map((each) => each.name)})`;
  const byRole = roles.flatMap((name) => {
    const role = graph.global('role', name)?.id;
    const own = policies.filter(
      (each) =>
        each.roles.some((one) => one === 'public' || one === role) &&
        !(name === 'anon' && clausesOf(each).some(({ expression }) => isClosedToSignedOut(graph, expression))),
    );
    const commands = ROW_COMMANDS.filter((each) => own.some((one) => commandsOf(one).includes(each)));
    const rights = commands.map((each) => (each === 'select' ? read : each));
    if (rights.length === 0) return [];
    const counted = commands.includes('insert') ? sequencesWithout(graph, table, role) : [];
    return [
      sql`grant ${raw(rights.join(', '))} on ${table.name} to ${name};`,
      ...counted.map((each) => sql`grant usage on sequence ${each.name} to ${name};`),
    ];
  });
  if (byRole.length === 0) return undefined;
  return {
    title: `Give them the right${read === 'select' ? '' : ', but for what looks like a secret'}, of which the policies say to which rows`,
    safety: 'review',
    sql: byRole.join('\n'),
  };
}

/** What a serial column takes its number from is asked for USAGE of whoever adds the row; of an identity column nobody is (docs, CREATE TABLE). */
function sequencesWithout(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  role: EntityId | undefined,
): readonly EntityOf<'sequence'>[] {
  return graph.columns(table.id).flatMap(({ id }) =>
    graph.dependentsOfKind(id, 'sequence').filter((each) => {
      const held = role === undefined ? '' : heldLetters(graph, role, each.acl);
      return each.ownedBy === id && !each.isIdentity && !held.includes('U') && !held.includes('w');
    }),
  );
}
