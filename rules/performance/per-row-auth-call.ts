import {
  andList,
  brief,
  brokenBySubselect,
  bypassesRowSecurity,
  type Call,
  defineRule,
  type EntityOf,
  quoteIdentifier,
  repeatedCallerCalls,
  repeatedCalls,
  repeatingClauses,
  type SchemaGraph,
  wrappedPolicy,
  wrappingWarning,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'per-row-auth-call',
    category: 'performance',
    severity: 'high',
    summary: 'A policy calls auth.uid(), auth.jwt() or current_setting() anew for each row.',
    why: 'The answer is the same for the whole statement, but Postgres does not know that of a function in a policy: it runs it for each row that is looked at, unless an index on the compared column finds the rows. Alone in a subselect it is run once, before the first row, whatever the plan.',
    remedy:
      'Put each call into a scalar subselect of its own: (select auth.uid()). It may hold casts and JSON steps as well, but nothing of the row. Medium where an index on the compared column finds the rows of a plain read. Low where such an index serves a subselect, and for calls that run only for rows being written.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where the index on {{columns}} finds the rows, which is why this is medium.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where the index on {{columns}} finds the rows, which is why this is low.',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity'],
    equivalents: ['splinter:0003'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return;
      const clauses = repeatingClauses(policy, (expression) => repeatedCallerCalls(graph, expression));
      const told = repeatedCalls(graph, clauses, () => true);
      if (told === undefined) return;
      const names = [...new Set(told.calls.map(spelled))];
      const data = {
        calls: andList(names),
        clauses: told.clauses,
        policy: quoteIdentifier(policy.name),
        runs: names.length === 1 ? 'runs' : 'run',
        table: brief(table.name),
      };
      const broken = brokenBySubselect(graph, policy, settings.clientRoles);
      const fix = () => wrappedPolicy(graph, policy, clauses);
      const about = { entity: policy, ...(broken === undefined ? { fix } : {}), related: wrappingWarning(broken) };
      const { columns } = told;
      if (told.kind === 'outer') report({ ...about, message: 'outer', data });
      else if (told.kind === 'indexed')
        report({ ...about, message: 'indexed', data: { ...data, columns }, severity: 'medium' });
      else if (told.kind === 'inner' || told.kind === 'searched') {
        const relations = andList(told.relations.map((id) => relationName(graph, id)));
        if (told.kind === 'inner')
          report({ ...about, message: 'inner', data: { ...data, relations }, severity: 'medium' });
        else report({ ...about, message: 'searched', data: { ...data, relations, columns }, severity: 'low' });
      } else report({ ...about, message: 'written', data, severity: 'low' });
    },
  },
});

function spelled({ name }: Call): string {
  return name.schema === 'auth' ? `auth.${name.name}()` : `${name.name}()`;
}

function relationName(graph: SchemaGraph, id: Policy['table']): string {
  const relation = graph.find(id);
  return relation !== undefined && 'name' in relation && typeof relation.name === 'object'
    ? brief(relation.name)
    : 'it';
}
