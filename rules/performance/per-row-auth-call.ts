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
    why: 'The answer is the same for the whole statement, but Postgres does not know that of a function in a policy: it runs it for each row that is looked at, and cannot use an index for the comparison. Alone in a subselect it is run once, before the first row.',
    remedy:
      'Put each call into a scalar subselect of its own: (select auth.uid()). It may hold casts and JSON steps as well, but nothing of the row. Calls that run only for rows being written are reported as low.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads.',
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
      const calls = clauses.flatMap((clause) => clause.calls);
      if (calls.length === 0) return;
      const names = [...new Set(calls.map(spelled))];
      const data = {
        calls: andList(names),
        clauses: `${andList(clauses.map((each) => each.name))} ${clauses.length === 1 ? 'clause' : 'clauses'}`,
        policy: quoteIdentifier(policy.name),
        runs: names.length === 1 ? 'runs' : 'run',
        table: brief(table.name),
      };
      const broken = brokenBySubselect(graph, policy, settings.clientRoles);
      const fix = () => wrappedPolicy(graph, policy, clauses);
      const about = { entity: policy, ...(broken === undefined ? { fix } : {}), related: wrappingWarning(broken) };
      const relations = new Set(calls.flatMap(({ runs }) => (runs.per === 'inner row' ? runs.relations : [])));
      const isPerRow = clauses.some(
        ({ name, calls: some }) => name === 'USING' && some.some(({ runs }) => runs.per === 'outer row'),
      );
      if (isPerRow) report({ ...about, message: 'outer', data });
      else if (relations.size > 0) {
        const read = andList([...relations].map((id) => relationName(graph, id)));
        report({ ...about, message: 'inner', data: { ...data, relations: read }, severity: 'medium' });
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
