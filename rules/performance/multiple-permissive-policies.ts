import {
  admitsNothing,
  andList,
  type BoundExpression,
  brief,
  brokenBySubselect,
  clauseText,
  clientAccess,
  defineRule,
  type EntityOf,
  type Fix,
  isAlwaysTrue,
  isForServiceRole,
  isUnderRowSecurity,
  mergedPolicies,
  policiesFor,
  quoteIdentifier,
  ROW_COMMANDS,
  type RowCommand,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** Several policies that Postgres joins by OR, for these commands of these roles. */
interface Crowd {
  readonly policies: readonly Policy[];
  readonly commands: readonly RowCommand[];
  readonly roles: readonly string[];
}

export default defineRule({
  meta: {
    id: 'multiple-permissive-policies',
    category: 'performance',
    severity: 'medium',
    summary: 'Several permissive policies decide about one command of one role on a table.',
    why: 'Postgres joins them by OR and works each one out for every row that the ones before it do not admit. The OR also keeps an index on the column of any single one from being used alone.',
    remedy:
      'Put their conditions into one policy for each command and role. A policy that is only for the service key needs TO service_role, or none at all, as that role bypasses row security. Policies for different roles do not add up as long as TO names them. Not reported: policies that admit nothing, and tables where one of them is true for every row, since Postgres drops the others then. Crowds that only check new rows are low.',
    messages: {
      several:
        'Each row of {{table}} is checked against {{count}} permissive policies when {{roles}} {{commands}}: {{policies}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0006'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const rewritten = new Set<Policy>();
      for (const crowd of crowdsOn(graph, table, settings.clientRoles)) {
        // One fix for a policy: a second one would find it gone, and comes by itself when the first is applied.
        const isTaken = crowd.policies.some((each) => rewritten.has(each));
        for (const each of crowd.policies) rewritten.add(each);
        const last = crowd.policies.reduce((latest, each) => (each.id > latest.id ? each : latest));
        const fix = isTaken ? undefined : () => fixFor(graph, table, crowd, settings.clientRoles);
        report({
          entity: table,
          origin: last.origin,
          message: 'several',
          severity: crowd.commands.every((each) => each === 'insert') ? 'low' : 'medium',
          discriminator: crowd.commands.join(' '),
          data: {
            table: brief(table.name),
            count: crowd.policies.length,
            roles: andList(crowd.roles),
            commands: andList(crowd.commands.map((each) => (crowd.roles.length === 1 ? SINGULAR[each] : PLURAL[each]))),
            policies: andList(crowd.policies.map((each) => quoteIdentifier(each.name))),
          },
          related: crowd.policies.flatMap((each) =>
            each !== last && each.origin.from === 'statement' ? [{ note: 'counts as well', at: each.origin.at }] : [],
          ),
          ...(fix === undefined ? {} : { fix }),
        });
      }
    },
  },
});

const SINGULAR = { select: 'reads', insert: 'inserts', update: 'updates', delete: 'deletes' } as const;
const PLURAL = { select: 'read', insert: 'insert', update: 'update', delete: 'delete' } as const;

/** One for each command; commands of the same policies and roles together. */
function crowdsOn(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly Crowd[] {
  const policies = graph.ownedBy(table.id, 'policy').filter((each) => each.isPermissive);
  if (policies.length < 2) return [];
  const named = policies.flatMap(({ roles }) => roles.flatMap((each) => (each === 'public' ? [] : each)));
  const names = named.map((each) => graph.get('role', each).name);
  const callers = clientAccess(graph, table, [...new Set([...clientRoles, ...names])]);
  const crowds = new Map<string, Crowd>();
  for (const command of ROW_COMMANDS) {
    const members = new Set<Policy>();
    const roles: string[] = [];
    for (const { name, role, commands } of callers) {
      if (!commands.includes(command) || !isUnderRowSecurity(graph, role, table)) continue;
      const counted = policiesFor(graph, table, command, role).filter(
        (each) => each.isPermissive && !admitsNothing(each, command),
      );
      if (counted.length < 2 || counted.some((each) => isAlwaysTrue(each, command))) continue;
      roles.push(name === 'public' ? 'every role' : name);
      for (const each of counted) members.add(each);
    }
    if (members.size === 0) continue;
    const all = policies.filter((each) => members.has(each));
    const key = JSON.stringify([all.map((each) => each.id), roles]);
    crowds.set(key, { policies: all, roles, commands: [...(crowds.get(key)?.commands ?? []), command] });
  }
  return [...crowds.values()];
}

/** Those for the service key are given to its role; what is left is joined, where it can be without changing who sees what. */
function fixFor(
  graph: SchemaGraph,
  table: Table,
  { policies }: Crowd,
  clientRoles: readonly string[],
): Fix | undefined {
  const service = graph.global('role', 'service_role') === undefined ? [] : policies.filter(isForServiceRole);
  const left = policies.filter((each) => !service.includes(each));
  const moved = service.map((each) => sql`alter policy ${each.name} on ${table.name} to service_role;`);
  // What runs once for a statement is written so that it does; not where a subselect would make another policy fail.
  const wraps = left.every((each) => brokenBySubselect(graph, each, clientRoles) === undefined);
  const text = (clause: BoundExpression) => (wraps ? clauseText(graph, clause) : undefined) ?? clause.text;
  const merged = left.length < 2 ? '' : mergedPolicies(graph, left, text);
  if (merged === undefined) return undefined;
  const title =
    service.length === 0
      ? 'Put them into one policy for each command, joined by OR as they are now'
      : 'Give what is meant for the service key to service_role, which bypasses row security';
  return { title, safety: 'review', sql: [...moved, ...(merged === '' ? [] : [merged])].join('\n') };
}
