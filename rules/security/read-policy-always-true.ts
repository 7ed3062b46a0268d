import {
  admittingPolicies,
  andList,
  brief,
  type ClientAccess,
  callerColumns,
  clientsOf,
  columnsWithRole,
  defineRule,
  type EntityOf,
  isAccountTable,
  isAlwaysTrue,
  isNamed,
  isNamedForServiceRole,
  mayColumn,
  openPolicy,
  quoteIdentifier,
  type SchemaGraph,
  sql,
  tenantScopes,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'read-policy-always-true',
    category: 'security',
    severity: 'medium',
    summary: 'A permissive policy lets client roles read every row.',
    why: 'Permissive policies are joined by OR: one that is always true makes all others for reading pointless. Whoever has the public key of the app can then list the whole table, also what the app itself never shows.',
    remedy:
      'Say whose rows may be read, by a comparison with the caller. Where everybody is meant to read everything (countries, plans, published posts) it is right: ignore the finding there, with that reason. It is high where the table keeps tenants apart or holds secrets, and low where nothing in it belongs to anybody or the name of the policy says that everybody is meant. Policies that let clients write every row are reported by write-policy-always-true.',
    messages: {
      tenant:
        'The policy {{policy}} lets {{roles}} read every row of {{table}}, whatever its {{column}}: its USING {{holds}}.',
      secret: 'The policy {{policy}} lets {{roles}} read {{columns}} of every {{table}} row: its USING {{holds}}.',
      owned:
        'The policy {{policy}} lets {{roles}} read every row of {{table}}, although {{evidence}}: its USING {{holds}}.',
      plain: 'The policy {{policy}} lets {{roles}} read every row of {{table}}: its USING {{holds}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC008', 'supabase-rls-guard:RLS006'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
    optionDocs: {
      openNames: 'Names of policies that say that everybody is meant to read, by whole words: reported as low.',
    },
  },
  defaults: {
    openNames: ['*_public_*', '*_publicly_*', '*_everyone_*', '*_everybody_*', '*_anyone_*', '*_anybody_*'],
  },
  visit: {
    policy(policy, { graph, options, settings, report }) {
      const { access: open = [], holds = '' } = openPolicy(graph, policy, settings) ?? {};
      // Who may change every row may read it too: write-policy-always-true says both.
      if (open.some(({ commands }) => commands.includes('update') || commands.includes('delete'))) return;
      const access = open.filter(({ commands }) => commands.includes('select'));
      if (access.length === 0) return;
      const table = graph.get('table', policy.table);
      const data = {
        policy: quoteIdentifier(policy.name),
        roles: clientsOf(access),
        table: brief(table.name),
        holds,
      };
      const isForServer = settings.platform === 'supabase' && isNamedForServiceRole(policy);
      const fix = {
        title: 'Give the policy to the service role, as its name says',
        safety: 'review',
        sql: sql`alter policy ${policy.name} on ${table.name} to service_role;`,
      } as const;
      const related = outvoted(graph, policy, access).flatMap(({ name, origin }) =>
        origin.from === 'statement'
          ? [{ note: `what the policy ${quoteIdentifier(name)} asks for counts for nothing beside it`, at: origin.at }]
          : [],
      );
      const about = { entity: policy, related, ...(isForServer ? { fix } : {}) };
      const tenant = tenantScopes(graph, settings.tenantColumns)
        .map(({ name }) => graph.column(table.id, name))
        .find((each) => each !== undefined);
      const secrets = readable(graph, table, access, ['secret', 'pii']);
      const evidence = evidenceOf(graph, table);
      if (secrets.length > 0)
        report({ ...about, message: 'secret', data: { ...data, columns: andList(secrets, 3) }, severity: 'high' });
      else if (isNamed(policy.name, options.openNames)) report({ ...about, message: 'plain', data, severity: 'low' });
      else if (tenant !== undefined) {
        const column = quoteIdentifier(tenant.name);
        report({ ...about, message: 'tenant', data: { ...data, column }, severity: 'high' });
      } else if (evidence !== undefined) report({ ...about, message: 'owned', data: { ...data, evidence } });
      else report({ ...about, message: 'plain', data, severity: 'low' });
    },
  },
});

/** Policies for reading alone that ask for something, while this one lets the same roles have every row. */
function outvoted(graph: SchemaGraph, policy: Policy, access: readonly ClientAccess[]): readonly Policy[] {
  const table = graph.get('table', policy.table);
  const beside = access.map((each) => new Set(admittingPolicies(graph, table, 'select', each)));
  return graph.ownedBy(table.id, 'policy').filter((each) => {
    const isAsking = each !== policy && each.command === 'select' && !isAlwaysTrue(each, 'select');
    return isAsking && beside.some((policies) => policies.has(each));
  });
}

/** The columns of these kinds that the grants of one of the roles open to it. */
function readable(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  kinds: readonly ('secret' | 'pii' | 'email' | 'phone')[],
): readonly string[] {
  const columns = kinds.flatMap((kind) => columnsWithRole(graph, table.id, kind));
  return columns
    .filter((column) => access.some(({ role }) => mayColumn(graph, role, column, 'r')))
    .map(({ name }) => quoteIdentifier(name));
}

/** What shows that its rows belong to somebody. */
function evidenceOf(graph: SchemaGraph, table: Table): string | undefined {
  const compared = graph.columns(table.id).find((each) => callerColumns(graph).has(each.id));
  if (compared !== undefined) return `its policies compare ${quoteIdentifier(compared.name)} with the caller`;
  if (isAccountTable(graph, table)) return 'it has a row for each person';
  const owner = graph.ownedBy(table.id, 'foreignKey').find((key) => {
    // Who wrote a row is not whose it is.
    if (graph.columnNames(key.columns).some((name) => isNamed(name, ['*_by']))) return false;
    const target = graph.find(key.referencedTable);
    return target?.kind === 'table' && target.id !== table.id && isAccountTable(graph, target);
  });
  if (owner === undefined) return undefined;
  const names = graph.columnNames(owner.columns).map(quoteIdentifier);
  return `its ${andList(names)} says whose a row is`;
}
