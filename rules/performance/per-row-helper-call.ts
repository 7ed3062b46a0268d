import {
  andList,
  brief,
  brokenBySubselect,
  bypassesRowSecurity,
  type Call,
  defineRule,
  quoteIdentifier,
  repeatedHelperCalls,
  repeatingClauses,
  type SchemaGraph,
  wrappedPolicy,
  wrappingWarning,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'per-row-helper-call',
    category: 'performance',
    severity: 'high',
    summary: 'A policy calls a function of the schema, which is given nothing of the row, anew for each row.',
    why: 'Calls such as is_admin(), has_role(auth.uid(), …) and current_tenant() give one answer for the whole statement, but Postgres does not know that, not even of a STABLE one: it runs the function, and the queries in it, for each row that is looked at. Alone in a subselect it is run once, before the first row.',
    remedy:
      'Put each call into a scalar subselect of its own: (select is_admin()). A function that is given a column cannot be wrapped: turn it round, so that it returns the ids that the caller may see (org_id in (select my_org_ids())). Calls that run only for rows being written are reported as low.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, with the same result each time.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, with the same result each time.',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'functions'],
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
      const clauses = repeatingClauses(policy, (expression) => repeatedHelperCalls(graph, expression));
      const calls = clauses.flatMap((clause) => clause.calls);
      if (calls.length === 0) return;
      const names = [...new Set(calls.map((each) => spelled(graph, each)))];
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

function spelled(graph: SchemaGraph, { function: called, name }: Call): string {
  const fn = called?.id === undefined ? undefined : graph.find(called.id);
  return `${fn?.kind === 'function' ? brief(fn.name) : name.name}()`;
}

function relationName(graph: SchemaGraph, id: Parameters<SchemaGraph['find']>[0]): string {
  const relation = graph.find(id);
  return relation !== undefined && 'name' in relation && typeof relation.name === 'object'
    ? brief(relation.name)
    : 'it';
}
