import {
  admitsNothing,
  andList,
  blindPolicies,
  bracketed,
  brief,
  bypassesRowSecurity,
  type ClientAccess,
  clauseText,
  clientsOf,
  commandsOf,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  mayAnyColumn,
  openTo,
  policiesFor,
  policyAudience,
  quoteIdentifier,
  ROW_COMMANDS,
  raw,
  relatedAt,
  type SchemaGraph,
  sameExpression,
  sql,
  type UnseenBranch,
  unseenBranches,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'update-policy-without-select',
    category: 'security',
    severity: 'medium',
    summary:
      'A role may update or delete rows by policy, but no policy lets it read any, or not those that an alternative is for.',
    why: 'An UPDATE or DELETE that reads a column (WHERE, RETURNING, SET n = n + 1) meets only rows that a SELECT policy shows as well. Without one it meets none, and reports success for 0 rows. The same goes for an alternative (OR is_staff()) that no SELECT policy has: whom it is for see only what the others see.',
    remedy:
      'Add a SELECT policy for the same rows and roles. Where rows must stay unreadable, write through a function instead.',
    scope: ['Of alternatives those are reported beside which others let change all that the SELECT policies show.'],
    messages: {
      blind:
        '{{policies}} of {{table}} cannot work for {{roles}}: no SELECT policy shows them a row, so that {{commands}} with a WHERE touches 0 rows and reports success.',
      branch:
        '{{policies}} of {{table}} {{let}} {{clients}} change more than they see: {{branch}} is in no SELECT policy, and {{showing}} only rows that they may change anyway. {{commands}} with a WHERE touches none of the others and reports success.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const blind = withoutReader(graph, table, settings.clientRoles);
      const [first] = blind;
      if (first === undefined) return tellBranches();
      const roles = [...new Set(blind.flatMap(({ access }) => access.map(({ name }) => name)))];
      const commands = new Set(blind.map(({ policy }) => policy.command));
      const names = blind.map(({ policy }) => quoteIdentifier(policy.name));
      const data = {
        policies: `The ${names.length === 1 ? 'policy' : 'policies'} ${andList(names, 3)}`,
        table: brief(table.name),
        roles: andList(roles.map((each) => (each === 'public' ? 'every role' : each))),
        commands: commands.size > 1 ? 'an UPDATE or DELETE' : commands.has('update') ? 'an UPDATE' : 'a DELETE',
      };
      report({ entity: first.policy, message: 'blind', data, fix: () => fixFor(graph, table, blind, roles) });

      function tellBranches(): void {
        // Where each such statement fails, it does not report success.
        const found = unseenBranches(graph, table, settings.clientRoles).filter(({ policy, access }) => {
          const statements = access.map((each) => ({ ...each, commands: commandsOf(policy) }));
          return failsToday(graph, table, statements, settings.clientRoles) === '';
        });
        const [branch, ...more] = found;
        if (branch === undefined) return;
        const { policy, access, showing, isWhole } = branch;
        const policies = [...new Set(found.map((each) => each.policy))];
        const commands = new Set(policies.map((each) => each.command));
        const shown = andList(
          showing.map(({ name }) => quoteIdentifier(name)),
          3,
        );
        report({
          entity: policy,
          message: 'branch',
          data: {
            policies: `The ${policies.length === 1 ? 'policy' : 'policies'} ${andList(
              policies.map(({ name }) => quoteIdentifier(name)),
              3,
            )}`,
            table: brief(table.name),
            let: policies.length === 1 ? 'lets' : 'let',
            clients: clientsOf(access),
            branch: isWhole && policies.length === 1 ? 'what it asks' : branchText(branch),
            showing: `${shown} ${showing.length === 1 ? 'shows' : 'show'}`,
            commands: commands.size > 1 ? 'An UPDATE or DELETE' : commands.has('update') ? 'An UPDATE' : 'A DELETE',
          },
          related: more.flatMap(({ policy }) => relatedAt(policy, `so does ${quoteIdentifier(policy.name)}`)),
          fix: () => branchFix(graph, table, found),
        });
      }
    },
  },
});

interface Blind {
  readonly policy: Policy;
  /** The roles it is for: none of them has a policy by which it sees a row. */
  readonly access: readonly ClientAccess[];
}

/** What lets every row be written is write-policy-always-true's, what finds nothing in its own subselects blind-policy-read's. */
function withoutReader(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly Blind[] {
  const writing = graph.ownedBy(table.id, 'policy').filter((each) => {
    const { command, isPermissive } = each;
    const isWriting = isPermissive && (command === 'update' || command === 'delete');
    return isWriting && !admitsNothing(each, command) && !blindPolicies(graph, clientRoles).has(each);
  });
  return writing.flatMap((policy): readonly Blind[] => {
    if (openTo(graph, policy, ROW_COMMANDS, clientRoles).length > 0) return [];
    const named = policy.roles.filter((each) => each !== 'public' && !bypassesRowSecurity(graph, each));
    const names = named.map((each) => (each === 'public' ? each : graph.get('role', each).name));
    const access = policyAudience(graph, policy, [...new Set([...clientRoles, ...names])]);
    const readers = access.filter(({ role }) => clientMayRead(role));
    // A policy for all often has its SELECT counterpart for those only whom both admit.
    const isBlind = readers.length > 0 && readers.every(({ role }) => !seesRows(role));
    return isBlind ? [{ policy, access: readers }] : [];
  });

  /** Without the grant a WHERE is an error, and nothing is silent. */
  function clientMayRead(role: ClientAccess['role']): boolean {
    return mayAnyColumn(graph, role, table, 'r');
  }

  function seesRows(role: ClientAccess['role']): boolean {
    const policies = policiesFor(graph, table, 'select', role);
    return policies.some((each) => each.isPermissive && !admitsNothing(each, 'select'));
  }
}

/** As it is written, where that is short. */
function branchText({ branch }: UnseenBranch): string {
  const text = branch.expression.text.replace(/\s+/g, ' ').trim();
  return text.length > 90 || text.includes('--') ? 'one of the alternatives' : `the alternative ${text}`;
}

/** The one policy that shows rows shows these as well. */
function branchFix(graph: SchemaGraph, table: Table, [first, ...others]: readonly UnseenBranch[]): Fix | undefined {
  const [only, ...more] = first?.showing ?? [];
  if (first === undefined || only?.using == null || more.length > 0 || only.command !== 'select') return undefined;
  const { expression } = first.branch;
  const isSame = others.every(
    ({ branch, showing }) => showing[0] === only && sameExpression(branch.expression, expression),
  );
  const isForThem = first.access.every(({ role }) => policiesFor(graph, table, 'select', role).includes(only));
  const [shown, added] = [clauseText(graph, only.using), clauseText(graph, expression)];
  if (!isSame || !isForThem || shown === undefined || added === undefined) return undefined;
  return {
    title: 'Show these rows to those who may write them',
    safety: 'review',
    sql: sql`alter policy ${only.name} on ${table.name}
  using (${raw(bracketed(shown))} or ${raw(bracketed(added))});`,
  };
}

function fixFor(graph: SchemaGraph, table: Table, blind: readonly Blind[], access: readonly string[]): Fix | undefined {
  const [first, ...others] = blind.map(({ policy }) => policy);
  if (first?.using == null || others.some((each) => !sameExpression(each.using, first.using))) return undefined;
  // A policy that says in writing that nobody reads is answered by whoever wrote it.
  if (graph.ownedBy(table.id, 'policy').some((each) => each.isPermissive && each.command === 'select'))
    return undefined;
  const text = clauseText(graph, first.using);
  if (text === undefined) return undefined;
  const roles = access.map((each) => (each === 'public' ? raw('public') : each));
  const name = `${first.name} (select)`;
  return {
    title: 'Let the same roles read the rows that they may write',
    safety: 'review',
    sql: sql`create policy ${name} on ${table.name} for select to ${roles}
  using ${raw(bracketed(text))};`,
  };
}
