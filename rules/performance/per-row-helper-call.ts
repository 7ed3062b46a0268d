import {
  andList,
  brief,
  brokenBySubselect,
  bypassesRowSecurity,
  type Call,
  defineRule,
  quoteIdentifier,
  repeatedCalls,
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
      'Put each call into a scalar subselect of its own: (select is_admin()). A function that is given a column cannot be wrapped: turn it round, so that it returns the ids that the caller may see (org_id in (select my_org_ids())). Medium where an index on the column that is compared with a STABLE call finds the rows of a plain read; low where it serves a subselect, and for calls that run only for rows being written.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, with the same result each time.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where the index on {{columns}} finds the rows, which is why this is medium.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, with the same result each time.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where the index on {{columns}} finds the rows, which is why this is low.',
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
      const told = repeatedCalls(graph, clauses, (call) => volatilityOf(graph, call) !== 'volatile');
      if (told === undefined) return;
      const names = [...new Set(told.calls.map((each) => spelled(graph, each)))];
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

function volatilityOf(graph: SchemaGraph, { function: called }: Call): string {
  const fn = called?.id === undefined ? undefined : graph.find(called.id);
  return fn?.kind === 'function' ? fn.volatility : 'volatile';
}

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
