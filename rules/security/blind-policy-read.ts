import {
  andList,
  type BlindPolicy,
  blindPolicies,
  brief,
  type ClosedBeginning,
  clientsOf,
  closedBeginning,
  columnOfCaller,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isRepeatable,
  quoteIdentifier,
  raw,
  relatedAt,
  rowOf,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'blind-policy-read',
    category: 'security',
    severity: 'high',
    summary: 'Policies look into a table of which those they are for see no row.',
    why: 'A policy reads with the rights of whoever runs the statement, and the row security of the tables in its subselects counts as well: where no policy lets that role read them, the subselect finds nothing. No error tells of it; the rows that the policy was to show are just not there, and its updates and deletes touch none.',
    remedy:
      'Let everybody read the rows that the policies look for, mostly their own: a SELECT policy on that table. Or look them up in a SECURITY DEFINER function with a pinned search_path.',
    scope: [
      'Policies with another alternative that can still be true are not reported, but for one by which whoever made something adds its first member, while only members see what was made (medium); not where a function with its owner’s rights adds them.',
    ],
    messages: {
      blind:
        '{{clients}} see no row of {{table}}: row security is on, and no policy lets them read it. {{policies}} of {{tables}} {{look}} into it for {{them}} and so {{admit}} nothing.',
      beginning:
        'An alternative of the policy {{policy}} is for whoever made {{row}} ({{maker}}), to add the first {{table}} row for it, and lets in nobody but those who have such a row: {{showing}} {{show}} {{parent}} rows to them alone. Everybody else ends in 42501 (new row violates row-level security policy).',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const blind = [...blindPolicies(graph, settings.clientRoles).values()].filter((each) => each.table === table);
      const [first] = blind;
      if (first === undefined) return;
      const tables = [...new Set(blind.map(({ policy }) => brief(graph.get('table', policy.table).name)))];
      const names = blind.map(({ policy }) => quoteIdentifier(policy.name));
      const roles = groupedBy(
        blind.flatMap(({ access }) => access),
        ({ name }) => name,
      );
      report({
        entity: table,
        message: 'blind',
        data: {
          clients: clientsOf(
            [...roles.values()].flatMap(([each]) => (each === undefined ? [] : [each])),
            true,
          ),
          table: brief(table.name),
          policies:
            names.length === 1
              ? `The policy ${names[0]}`
              : `${counted(names.length, 'policy', 'policies')} (${andList(names, 3)})`,
          tables: andList(tables, 4),
          look: names.length === 1 ? 'looks' : 'look',
          them: names.length === 1 ? 'its condition' : 'their conditions',
          admit: names.length === 1 ? 'admits' : 'admit',
        },
        related: blind.flatMap(({ policy }) => relatedAt(policy, 'finds nothing')),
        fix: () => fixFor(graph, table, blind),
      });
    },
    policy(policy, { graph, settings, report }) {
      const found = closedBeginning(graph, policy, settings.clientRoles);
      if (found === undefined) return;
      const { parent, maker, showing } = found;
      report({
        entity: policy,
        message: 'beginning',
        data: {
          policy: quoteIdentifier(policy.name),
          row: rowOf(brief(parent.name)),
          maker: quoteIdentifier(maker.name),
          table: brief(graph.get('table', policy.table).name),
          showing: `the ${showing.length === 1 ? 'policy' : 'policies'} ${andList(
            showing.map(({ name }) => quoteIdentifier(name)),
            3,
          )}`,
          show: showing.length === 1 ? 'shows' : 'show',
          parent: brief(parent.name),
        },
        severity: 'medium',
        related: showing.flatMap((each) => relatedAt(each, 'shows the rows to those who are in')),
        fix: () => shownToMaker(graph, found),
      });
    },
  },
});

/** By the policy that shows the rows to those who are in: another beside it would be asked for each row as well. */
function shownToMaker(graph: SchemaGraph, { parent, maker, showing }: ClosedBeginning): Fix | undefined {
  const [only, another] = showing;
  if (only === undefined || another !== undefined || only.command !== 'select' || only.using === null) return undefined;
  if (!isRepeatable(graph, only.using)) return undefined;
  return {
    title: `Let whoever made ${rowOf(brief(parent.name))} read it`,
    safety: 'review',
    sql: sql`alter policy ${only.name} on ${parent.name}
  using ((${raw(only.using.text)}) or ${maker.name} = (select auth.uid()));`,
  };
}

/** Everybody reads the row that all of them look for: that of the caller. */
function fixFor(graph: SchemaGraph, table: Table, blind: readonly BlindPolicy[]): Fix | undefined {
  const columns = new Set(blind.map(({ policy }) => columnOfCaller(graph, policy, table)));
  const [column] = columns;
  if (column === undefined || columns.size > 1) return undefined;
  const roles = new Set(blind.flatMap(({ access }) => access.map(({ name }) => name)));
  if (roles.size > 1 || !roles.has('authenticated')) return undefined;
  return {
    title: `Let everybody who is signed in read their own ${brief(table.name)} row`,
    safety: 'review',
    sql: sql`create policy own_row on ${table.name} for select to authenticated
  using (${column.name} = (select auth.uid()));`,
  };
}
