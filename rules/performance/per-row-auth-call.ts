import {
  andList,
  type BoundExpression,
  brief,
  bypassesRowSecurity,
  type Call,
  callsOf,
  clientAccess,
  defineRule,
  type EntityOf,
  type Fix,
  isCallerCall,
  isRepeatable,
  quoteIdentifier,
  type RelatedPlace,
  raw,
  type SchemaGraph,
  sql,
  subselectLoop,
  wrapCalls,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

/** A clause of a policy with the calls in it that run more than once. */
interface Clause {
  readonly name: 'USING' | 'WITH CHECK';
  readonly expression: BoundExpression;
  readonly calls: readonly Call[];
}

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
      const clauses = clausesOf(policy);
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
      const broken = brokenBySubselect(policy, graph, settings.clientRoles);
      const fix = () => fixFor(policy, clauses, graph);
      const about = { entity: policy, ...(broken === undefined ? { fix } : {}), related: warning(broken) };
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

/**
 * A write policy that reads its own table works only as long as no SELECT policy there has a subselect (policy-recursion).
 * Wrapping the call would give it one.
 */
function brokenBySubselect(policy: Policy, graph: SchemaGraph, clientRoles: readonly string[]): Policy | undefined {
  if (policy.command !== 'select' && policy.command !== 'all') return undefined;
  for (const { role, commands } of clientAccess(graph, graph.get('table', policy.table), clientRoles)) {
    for (const other of graph.ownedBy(policy.table, 'policy')) {
      const breaks = commands.some(
        (command) =>
          subselectLoop(graph, other, command, role) === undefined &&
          subselectLoop(graph, other, command, role, policy) !== undefined,
      );
      if (breaks) return other;
    }
  }
  return undefined;
}

function warning(broken: Policy | undefined): readonly RelatedPlace[] {
  if (broken?.origin.from !== 'statement') return [];
  const name = quoteIdentifier(broken.name);
  const note = `the policy ${name} reads this table and would fail with 42P17 if the call were wrapped: give it a SECURITY DEFINER function first`;
  return [{ note, at: broken.origin.at }];
}

function clausesOf({ using, check }: Policy): readonly Clause[] {
  const clause = (name: Clause['name'], expression: BoundExpression | null): readonly Clause[] => {
    if (expression === null) return [];
    const all = callsOf(expression.tree, expression);
    const calls = all.filter(({ call, runs }) => runs.per !== 'statement' && isCallerCall(call, expression));
    return calls.length === 0 ? [] : [{ name, expression, calls }];
  };
  return [...clause('USING', using), ...clause('WITH CHECK', check)];
}

function spelled({ name }: Call): string {
  return name.schema === 'auth' ? `auth.${name.name}()` : `${name.name}()`;
}

function relationName(graph: SchemaGraph, id: Policy['table']): string {
  const relation = graph.find(id);
  return relation !== undefined && 'name' in relation && typeof relation.name === 'object'
    ? brief(relation.name)
    : 'it';
}

/** None where the text cannot be rewritten with certainty: what names it holds was renamed, or it is not read. */
function fixFor(policy: Policy, clauses: readonly Clause[], graph: SchemaGraph): Fix | undefined {
  const written: string[] = [];
  for (const { name, expression, calls } of clauses) {
    if (!isRepeatable(graph, expression)) return undefined;
    const offsets = calls.map(({ call }) => (call.location ?? -1) - expression.start);
    const text = wrapCalls(expression.text, offsets);
    if (text === null) return undefined;
    // A line comment inside must not swallow the bracket.
    const isPlain = !text.includes('\n') && !text.includes('--');
    written.push(`${name.toLowerCase()} (${isPlain ? text : `\n    ${text}\n  `})`);
  }
  return {
    title: 'Run each call once, in a scalar subselect',
    safety: 'safe',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}
