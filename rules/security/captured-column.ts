import {
  apiCallers,
  type BoundExpression,
  brief,
  type Capture,
  capturedParameters,
  capturedPaths,
  capturesIn,
  clausesOf,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  isCapturedElsewhere,
  isRepeatable,
  keptEqual,
  placeOf,
  policyAudience,
  quoteIdentifier,
  raw,
  redefined,
  relationName,
  rowOf,
  type SchemaGraph,
  sql,
  subselectNamesRow,
  withoutConjunct,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'captured-column',
    category: 'security',
    severity: 'high',
    summary: 'A column name in a subselect or function means another column than was meant.',
    why: 'A name without a qualifier is looked for in the FROM beside it first, then in the queries outside, and last among the parameters of a function. In exists (select 1 from members m where m.team_id = team_id) both sides are the column of members: true of every row, whatever row the policy is asked about. Postgres says nothing, and prints m.team_id = m.team_id in pg_policies.',
    remedy:
      'Qualify every column in a subselect: notes.team_id for the row of the table the policy is on, objects.name for the path of an object where the subselect looks into a table with a name of its own; f.user_id, or a parameter name that no column has, in a function.',
    scope: [
      'Not reported are comparisons of a column with itself in which no parameter has its name, outside of policies.',
      'Low where a foreign key over both columns, or a trigger that looks the row up, keeps equal what the comparison was to compare.',
    ],
    messages: {
      open: 'The policy {{policy}} lets {{clients}} {{commands}} every row of {{table}} as soon as its subselect finds one row: {{name}} there is the column of {{row}}, which goes before that of {{table}}, so that {{comparison}} compares it with itself.',
      itself:
        'In the policy {{policy}} of {{table}}, {{comparison}} compares a column with itself: {{name}} there is that of {{row}}. It is true of every row in which that is not null.',
      idle: 'In the policy {{policy}} of {{table}}, {{comparison}} compares a column with itself, {{name}} being that of {{row}}: it asks for nothing, as another condition beside it says which {{row}} row belongs to the row.',
      upheld:
        'In the policy {{policy}} of {{table}}, {{comparison}} compares a column with itself, {{name}} being that of {{row}}: it asks for nothing. That {{own}} has the {{name}} of its {{row}} row is kept by {{keeper}} alone, which is why this is low.',
      ownKey:
        'The policy {{policy}} of {{table}} does not find what belongs to the row: {{name}} in its subselect is the column of {{row}}, which goes before that of {{table}}, and {{comparison}} is true by chance only.',
      path: 'The policy {{policy}} of {{table}} does not ask where the object is: {{name}} in {{comparison}} is the column of {{row}}, which goes before that of {{table}}. It is not true of the objects it is meant for, and true of any other once {{name}} of such a row is a path that fits.',
      castPath:
        'The policy {{policy}} of {{table}} does not ask where the object is: {{name}} in {{comparison}} is the column of {{row}}, which goes before that of {{table}}. Each such statement fails with 22P02 as soon as it comes to one row of {{row}} whose {{name}} has no {{type}} there, as ordinary names do not; where all have, it is true of any object.',
      parameter:
        '{{function}} does not look at the {{name}} it is given: in {{comparison}} both sides are the column of {{row}}, as a column goes before a parameter. It is true of every row in which that is not null{{reach}}.',
    },
    restsOn: ['policies', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS',
      'https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTION-ARGUMENTS',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      const captures = clausesOf(policy).flatMap(({ expression }) =>
        capturesOf(graph, expression, table).map((capture) => ({ capture, expression })),
      );
      const harmful = captures.filter(({ capture: { isIdle } }) => !isIdle);
      const [first, ...others] = harmful.length > 0 ? harmful : captures;
      if (first === undefined) return;
      const { capture, expression } = first;
      const at = placeOf(expression, capture.node);
      const told = {
        entity: policy,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        related: others.flatMap((each) => {
          const place = placeOf(each.expression, each.capture.node);
          return place === null ? [] : [{ note: 'here too', at: place }];
        }),
        fix: () => fixFor(graph, policy),
      };
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(table.name),
        name: quoteIdentifier(capture.name),
        row: rowText(capture.row, table.name.name),
        comparison: capture.comparison,
      };
      if (capture.isIdle) return report({ ...told, message: 'idle', data, severity: 'low' });
      const keepers = harmful.map((each) => keptEqual(graph, policy, each.expression, each.capture));
      const [keeper] = keepers;
      if (keeper !== undefined && !keepers.includes(undefined)) {
        const keeping = `the ${keeper.kind === 'trigger' ? 'trigger' : 'foreign key'} ${quoteIdentifier(keeper.name)}`;
        return report({
          ...told,
          message: 'upheld',
          data: { ...data, own: rowOf(brief(table.name)), keeper: keeping },
          severity: 'low',
        });
      }
      if (capture.kind === 'ownKey') return report({ ...told, message: 'ownKey', data });
      if (capture.failsAs !== undefined)
        return report({ ...told, message: 'castPath', data: { ...data, type: capture.failsAs } });
      if (capture.kind === 'path') return report({ ...told, message: 'path', data });
      const isOpen = policy.isPermissive && capture.subselect !== null && !subselectNamesRow(expression, capture);
      const audience = policyAudience(graph, policy, settings.clientRoles);
      // A statement that fails (policy-recursion, forbidden-policy-read) lets nobody in, until that is mended.
      const isFailing = audience.length === 0 || failsToday(graph, table, audience, settings.clientRoles) !== '';
      if (!isOpen || isFailing) return report({ ...told, message: 'itself', data });
      const commands = commandsText(audience.flatMap((each) => each.commands));
      const clients = clientsOf(audience);
      return report({ ...told, message: 'open', data: { ...data, clients, commands }, severity: 'critical' });
    },
    function(routine, { graph, settings, texts, report }) {
      if (routine.language !== 'sql' && !/variable_conflict/.test(routine.body?.text ?? '')) return;
      const [first] = capturedParameters(graph, routine);
      if (first === undefined) return;
      const { capture, bound } = first;
      const at = placeOf(bound, capture.node);
      const callers = routine.security === 'definer' ? apiCallers(graph, routine, settings) : [];
      report({
        entity: routine,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'parameter',
        data: {
          function: `${brief(routine.name)}()`,
          name: quoteIdentifier(capture.name),
          comparison: capture.comparison,
          row: relationName(graph, capture.relation) || quoteIdentifier(capture.row),
          reach: callers.length === 0 ? '' : `, and ${clientsOf(callers)} may call it with the rights of its owner`,
        },
        ...(callers.length === 0 ? {} : { severity: 'critical' as const }),
        fix: () => fixForRoutine(graph, routine, texts),
      });
    },
  },
});

function capturesOf(graph: SchemaGraph, expression: BoundExpression, table: EntityOf<'table'>): readonly Capture[] {
  return [...capturesIn(graph, expression, table.id), ...capturedPaths(graph, expression, table)];
}

/** The row of the subselect, told apart from that of a table of the same name. */
function rowText(row: string, table: string): string {
  return row === table ? `the ${quoteIdentifier(row)} of the subselect` : quoteIdentifier(row);
}

/** The clauses again, the names qualified with the table the policy is on, and what asks for nothing taken away. */
function fixFor(graph: SchemaGraph, policy: Policy): Fix | undefined {
  const table = graph.get('table', policy.table);
  const written: string[] = [];
  for (const { name, expression } of clausesOf(policy)) {
    const captures = capturesOf(graph, expression, table);
    if (captures.length === 0) continue;
    if (!isRepeatable(graph, expression)) return undefined;
    let text = expression.text;
    for (const each of [...captures].sort((a, b) => b.range.start - a.range.start)) {
      const next = each.isIdle ? withoutConjunct(text, each.range) : qualifiedIn(text, graph, table, each);
      if (next === null) return undefined;
      text = next;
    }
    written.push(`${name.toLowerCase()} (${text})`);
  }
  const isIdle = clausesOf(policy).every(({ expression }) =>
    capturesOf(graph, expression, table).every((each) => each.isIdle),
  );
  return {
    title: isIdle ? 'Leave out what asks for nothing' : `Name the row of ${brief(table.name)}`,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table.name}
  ${raw(written.join('\n  '))};`,
  };
}

function qualifiedIn(text: string, graph: SchemaGraph, table: EntityOf<'table'>, capture: Capture): string | null {
  if (!isMeantFor(graph, table, capture)) return null;
  const { offset, length, name } = capture;
  return `${text.slice(0, offset)}${quoteIdentifier(table.name.name)}.${quoteIdentifier(name)}${text.slice(offset + length)}`;
}

/** Has the table a column of that name, and does its own name find it from inside the subselect? */
function isMeantFor(graph: SchemaGraph, table: EntityOf<'table'>, { name, row, subselect }: Capture): boolean {
  return subselect !== null && graph.column(table.id, name) !== undefined && row !== table.name.name;
}

function fixForRoutine(graph: SchemaGraph, routine: Routine, texts: ReadonlyMap<string, string>): Fix | undefined {
  const captured = capturedParameters(graph, routine);
  if (isCapturedElsewhere(captured)) return undefined;
  const insertions = captured.map(({ capture, bound }) => ({
    at: bound.start + capture.offset,
    text: `${quoteIdentifier(routine.name.name)}.`,
  }));
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Name the parameter by the function', safety: 'review', sql: written };
}
