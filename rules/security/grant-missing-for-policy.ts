import {
  type AuditSettings,
  andList,
  brief,
  type ClosedSchema,
  clientAccess,
  closedSchemas,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  grantForPolicies,
  groupedBy,
  isShown,
  isUsersOwn,
  type NeverGranted,
  neverGranted,
  orList,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'grant-missing-for-policy',
    category: 'security',
    severity: 'medium',
    summary: 'A policy lets client roles do what no GRANT gives them the right to.',
    why: 'A policy says which rows; the right to read, add, change or delete rows of the table at all comes from GRANT. Without it each statement ends in 42501 (permission denied for table), before a policy is looked at. New projects of Supabase expose no new table by themselves: there each table that clients are to reach needs its GRANT.',
    remedy:
      'Grant what the policies are about to the roles they are for, or drop the policies where clients are not to reach the table.',
    scope: [
      'Not reported where the roles once had the right, or a REVOKE that comes with the policy or behind it names them: the table is closed on purpose (dead-policy tells of what an earlier file took); nor where SECURITY DEFINER functions, views with their owner’s rights or triggers do it for them.',
      'Reported as well: GRANTs on tables of a schema that the role may not look into (USAGE), unless what took that came with them or later.',
      'One FOR ALL is reported where they may do nothing at all; where they may only read, if it has a WITH CHECK and another policy is there for reading.',
      'Where the files grant clients none of the tables that have policies, as where only a server reads them, it is low, and one finding; where they grant none of one schema, it is one finding for that.',
    ],
    messages: {
      lacking:
        '{{policies}} of {{table}} {{let}} nobody {{commands}} anything: no GRANT gives {{roles}} that right, and each such statement ends in 42501 (permission denied for table {{table}}) before a policy is looked at.{{closed}}',
      none: 'Clients reach none of the {{count}} tables{{of}} that have policies for them ({{tables}}): no GRANT gives {{roles}} any right to one, new tables are closed to the API here, and each statement of theirs ends in 42501 before a policy is looked at.',
      schema:
        '{{role}} may not look into the schema {{schema}} (it has no USAGE), so that the {{rights}} of {{tables}} which migrations grant it {{are}} void: each such statement ends in 42501 (permission denied for schema {{schema}}) before a policy is looked at. GRANT USAGE ON SCHEMA {{schema}} opens whatever else it holds rights to there as well; else the grants are to go.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
      'https://supabase.com/docs/guides/api/securing-your-api',
    ],
  },
  visit: {
    graph(graph, { statements, journal, settings, report }) {
      const found = neverGranted(graph, { statements, journal }, settings).filter(({ policy }) =>
        isShown(policy, graph),
      );
      for (const each of closedSchemas(graph, { statements, journal }, settings)) tellOfSchema(each);
      const byTable = groupedBy(found, ({ table }) => table);
      if (byTable.size >= FEW && !isAnyReached(graph, settings)) return tellOfAll([...byTable], { severity: 'low' });
      for (const [schema, some] of groupedBy([...byTable], ([table]) => table.name.schema))
        if (some.length >= FEW && !isAnyReached(graph, settings, schema)) tellOfAll(some, { schema });
        else for (const [table, alike] of some) tell(table, alike);

      function tellOfAll(
        all: readonly (readonly [Table, readonly NeverGranted[]])[],
        { schema, ...graded }: { readonly schema?: string; readonly severity?: 'low' },
      ): void {
        const found = all.flatMap(([, alike]) => alike);
        const [habit] = found;
        if (habit === undefined) return;
        report({
          entity: habit.policy,
          message: 'none',
          data: {
            count: all.length,
            of: schema === undefined ? '' : ` of ${quoteIdentifier(schema)}`,
            tables: andList(
              all.map(([{ name }]) => brief(name)),
              4,
            ),
            roles: orList(rolesOf(found)),
          },
          ...graded,
          related: all.slice(1).flatMap(([table]) => relatedAt(table, 'nor this')),
          fix: () => grantsFor(graph, all),
        });
      }

      function tellOfSchema({ schema, role, tables }: ClosedSchema): void {
        const [first, ...more] = tables;
        if (first === undefined || !isShown(first.table, graph)) return;
        const rights = [...new Set(tables.flatMap(({ commands }) => commands))].map((each) => each.toUpperCase());
        report({
          entity: first.table,
          message: 'schema',
          data: {
            role: quoteIdentifier(role.name),
            schema: quoteIdentifier(schema.name),
            rights: andList(rights),
            are: rights.length === 1 ? 'is' : 'are',
            tables: andList(
              tables.map(({ table }) => brief(table.name)),
              4,
            ),
          },
          related: more.flatMap(({ table }) => relatedAt(table, 'nor this')),
          discriminator: `${schema.name} ${role.name}`,
        });
      }

      function tell(table: Table, alike: readonly NeverGranted[]): void {
        const [first] = alike;
        if (first === undefined) return;
        const roles = rolesOf(alike);
        const names = alike.map((each) => quoteIdentifier(each.policy.name));
        const isClosed = clientAccess(graph, table, roles).length === 0;
        report({
          entity: first.policy,
          message: 'lacking',
          data: {
            policies: `The ${names.length === 1 ? 'policy' : 'policies'} ${andList(names, 3)}`,
            table: brief(table.name),
            let: names.length === 1 ? 'lets' : 'let',
            commands: commandsText(
              alike.flatMap(({ commands }) => commands),
              orList,
            ),
            roles: orList(roles),
            closed: isClosed ? ' They may do nothing with it: new tables are closed to the API here.' : '',
          },
          fix: () => grantForPolicies(graph, table, policiesOf(alike), roles),
        });
      }
    },
  },
});

/** Of fewer tables nobody made it a habit to keep clients out. */
const FEW = 3;

/** May clients do anything with one of the tables (of the schema) that have policies? */
function isAnyReached(graph: SchemaGraph, { clientRoles, exposedSchemas }: AuditSettings, schema?: string): boolean {
  return graph
    .ofKind('table')
    .some(
      (each) =>
        isUsersOwn(graph, each) &&
        (schema === undefined || each.name.schema === schema) &&
        exposedSchemas.includes(each.name.schema) &&
        graph.ownedBy(each.id, 'policy').length > 0 &&
        clientAccess(graph, each, clientRoles).length > 0,
    );
}

function rolesOf(found: readonly NeverGranted[]): readonly string[] {
  return [...new Set(found.flatMap(({ roles }) => roles))];
}

function policiesOf(found: readonly NeverGranted[]): readonly EntityOf<'policy'>[] {
  return found.map(({ policy }) => policy);
}

function grantsFor(
  graph: SchemaGraph,
  byTable: readonly (readonly [Table, readonly NeverGranted[]])[],
): Fix | undefined {
  const all = byTable.flatMap(
    ([table, alike]) => grantForPolicies(graph, table, policiesOf(alike), rolesOf(alike)) ?? [],
  );
  // What one of them leaves out the title is to say.
  const [first] = all.toSorted((x, y) => y.title.length - x.title.length);
  return first && { ...first, sql: all.map((each) => each.sql).join('\n') };
}
