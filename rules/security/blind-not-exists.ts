import {
  andList,
  type BlindAbsence,
  type BoundExpression,
  blindAbsence,
  blindOwnAbsence,
  brief,
  clauseText,
  clientsOf,
  defineRule,
  display,
  type EntityOf,
  type Fix,
  failsToday,
  namesOfColumns,
  orList,
  policyOf,
  quoteIdentifier,
  type RelatedPlace,
  raw,
  relatedAt,
  type SchemaGraph,
  type Standing,
  sql,
  standingsBeside,
  typeText,
  withReplaced,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'blind-not-exists',
    category: 'security',
    severity: 'high',
    summary: 'A policy asks that a row is not there yet, and those it is for do not see the row.',
    why: 'A policy looks into tables with the rights of whoever runs the statement, and under the row security of those tables. NOT EXISTS over rows that are hidden from the caller is true however many there are: “only while the team has no leader” lets everybody who is not in the team become its leader, and what is taken already is given once more. The same in USING: an owner who does not see who bought deletes what was sold, and with it, where the key cascades, what the buyers have.',
    remedy:
      'Ask it in a SECURITY DEFINER function with a pinned search_path, which sees all rows, or let a unique key refuse the second row.',
    scope: [
      'Reported as well where the row looked for is the caller’s own (a ban), and only those with a rank that another table holds see such rows.',
      'Not reported: where a unique key does so already, where the row looked for is one that the caller is shown (user_id = auth.uid() on both sides), where a SELECT policy shows some rows to everybody, where a trigger looks at the column, and where WITH CHECK asks for more than whose row it is, which may be what lets the caller see the others.',
      'For USING reported only in rows of one’s own, where the rows looked for can be those of others, and not where a key or trigger refuses the DELETE anyway.',
    ],
    messages: {
      absence:
        'The policy {{policy}} lets {{clients}} add {{rows}} only while {{looked}}. It looks with the rights of whoever writes, and {{shown}}: whoever sees none passes, however many there are.{{gain}}{{today}}',
      own: 'The policy {{policy}} lets {{clients}} {{act}} {{rows}} of their own only while {{looked}}. It looks with the rights of whoever asks, and {{shown}}: whoever sees none passes, however many there are.{{lost}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'indexes'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const blind = blindAbsence(graph, policy, settings.clientRoles);
      if (blind === undefined) return tellOwn();
      const table = graph.get('table', policy.table);
      const { access, tied, absence, showing } = blind;
      const standings = standingsBeside(graph, policy, settings.clientRoles).filter(
        ({ user, isOfItself }) => tied.includes(user) && !isOfItself,
      );
      const statements = access.map((each) => ({ ...each, commands: ['insert'] as const }));
      const today = failsToday(graph, table, statements, settings.clientRoles);
      const looked = brief(absence.table.name);
      const rows = absence.pairs.map(({ row }) => row);
      const severity = standings.length > 0 && today === '' ? 'critical' : 'high';
      report({
        entity: policy,
        message: 'absence',
        severity,
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          rows: `${brief(table.name)} rows`,
          looked: `${looked} has none ${rows.length === 0 ? 'such as it asks for' : `with the same ${namesOfColumns(rows)}`}`,
          shown: shownText(looked, showing),
          gain: gainOf(graph, table, standings),
          today,
        },
        related: showingPlaces(showing),
        fix: () => fixFor(graph, { ...blind, clause: policy.check ?? policy.using, isCheck: policy.check !== null }),
      });

      function tellOwn(): void {
        const own = blindOwnAbsence(graph, policy, settings.clientRoles);
        if (own === undefined) return;
        const { access, absence, showing, cascading, command } = own;
        const looked = brief(absence.table.name);
        const table = brief(graph.get('table', policy.table).name);
        report({
          entity: policy,
          message: 'own',
          severity: cascading === undefined ? 'medium' : 'high',
          confidence: 'likely',
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            act: ACTS[command],
            rows: `${table} rows`,
            looked: `no ${looked} row refers to them by ${namesOfColumns(absence.pairs.map((each) => each.own))}`,
            shown: shownText(looked, showing),
            lost:
              cascading === undefined ? '' : ` A DELETE takes the ${looked} rows of others along (ON DELETE CASCADE).`,
          },
          related: showingPlaces(showing),
          fix: () => fixFor(graph, { ...own, policy, isCheck: false }),
        });
      }
    },
  },
});

const ACTS = { select: 'read', update: 'change', delete: 'delete' } as const;

function shownText(looked: string, showing: readonly EntityOf<'policy'>[]): string {
  if (showing.length === 0) return `no policy lets them read ${looked}`;
  const names = orList(showing.map(({ name }) => quoteIdentifier(name)));
  return `of ${looked} they see only what ${names} ${showing.length === 1 ? 'shows' : 'show'} them`;
}

function showingPlaces(showing: readonly EntityOf<'policy'>[]): readonly RelatedPlace[] {
  return showing.slice(0, 3).flatMap((each) => relatedAt(each, `shown by ${quoteIdentifier(each.name)}`));
}

/** A policy, and the clause of it in which an absence is asked for. */
interface Asking extends Pick<BlindAbsence, 'policy' | 'access' | 'absence'> {
  readonly clause: BoundExpression | null;
  readonly isCheck: boolean;
}

/** Those of other tables where there are any. */
function gainOf(graph: SchemaGraph, table: EntityOf<'table'>, standings: readonly Standing[]): string {
  const all = [...new Set(standings.map(({ policy }) => policy))];
  if (all.length === 0) return '';
  const elsewhere = all.filter((each) => each.table !== table.id);
  const deciders = elsewhere.length > 0 ? elsewhere : all;
  const named = andList(
    deciders.map((each) => policyOf(graph, each)),
    2,
  );
  const text = `${named} ${deciders.length === 1 ? 'decides' : 'decide'} by such rows.`;
  return ` ${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The same question, asked by a function that sees all rows. */
function fixFor(graph: SchemaGraph, { policy, access, absence, clause, isCheck }: Asking): Fix | undefined {
  const { condition, table, pairs, callers, isPlain } = absence;
  const types = pairs.map(({ row }) => row.type);
  if (clause === null || !isPlain || callers.length > 0 || pairs.length === 0) return undefined;
  const given = types.flatMap((each) => (each === null ? [] : [typeText(each)]));
  if (given.length < types.length) return undefined;
  const name = { schema: 'private', name: `has_${table.name.name}` };
  if (graph.functions(name).length > 0) return undefined;
  const call = `not ${display(name)}(${pairs.map(({ row }) => quoteIdentifier(row.name)).join(', ')})`;
  const text = clauseText(graph, clause, withReplaced(clause, condition.tree, call));
  if (text === undefined) return undefined;
  const tests = pairs.map(({ own }, at) => `${quoteIdentifier(own.name)} = $${at + 1}`).join(' and ');
  const roles = access.map(({ name: role }) => role);
  return {
    title: 'Ask it in a function that sees all rows',
    safety: 'review',
    sql: sql`create schema if not exists private;
grant usage on schema private to ${roles};
create function ${name}(${raw(given.join(', '))}) returns boolean
  language sql stable security definer set search_path = ''
  as $$ select exists (select from ${table.name} where ${raw(tests)}) $$;
revoke execute on function ${name}(${raw(given.join(', '))}) from public;
grant execute on function ${name}(${raw(given.join(', '))}) to ${roles};
alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(isCheck ? 'with check' : 'using')} (${raw(text)});`,
  };
}
