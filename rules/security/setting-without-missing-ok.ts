import {
  andList,
  type BoundExpression,
  bracketed,
  branchOpenToNobody,
  brief,
  brokenBySubselect,
  bypassesRowSecurity,
  callsOf,
  clausesOf,
  clauseText,
  defineRule,
  type EntityOf,
  type Fix,
  isCallerCall,
  isRepeatable,
  legacySetting,
  placeOf,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  withArgument,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'setting-without-missing-ok',
    category: 'security',
    severity: 'low',
    summary: 'A policy asks for a custom setting in a way that fails where it was not made.',
    why: "A call of current_setting('app.tenant') raises 42704 (unrecognized configuration parameter) in a session that never made the setting: a job, a console or a new pool connection gets an error from every statement on the table, where a denial was meant.",
    remedy:
      "Give it true as second argument: it is then NULL where nobody made the setting, and a comparison with NULL admits nothing. Where the value is cast, nullif(current_setting('app.tenant', true), '')::uuid also stands the empty text that a setting has after SET LOCAL.",
    messages: {
      strict:
        'The policy {{policy}} of {{table}} fails with 42704 in a session that did not set {{settings}}: an error, not a denial.',
    },
    restsOn: ['policies', 'rowSecurity'],
    equivalents: ['pgrls:SEC019'],
    references: ['https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return;
      const strict = clausesOf(policy).flatMap(({ expression }) => strictCalls(expression));
      const [first] = strict;
      if (first === undefined) return;
      const at = placeOf(first.expression, { FuncCall: first.call });
      report({
        entity: policy,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'strict',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(table.name),
          settings: andList([...new Set(strict.map(({ setting }) => setting))]),
        },
        fix: () => fixFor(policy, graph, settings.clientRoles),
      });
    },
  },
});

/**
 * Calls with one argument, a constant name with a dot: settings without one are the server's and always there. Parts of the request under names that
 * nothing sets any more are unset-claim-setting's.
 */
function strictCalls(expression: BoundExpression) {
  return callsOf(expression).flatMap(({ call, name, args }) => {
    if (name.name !== 'current_setting' || args.length !== 1 || !isCallerCall(call, expression)) return [];
    const [argument] = args;
    const inner = argument !== undefined && 'TypeCast' in argument ? argument.TypeCast.arg : argument;
    const setting = inner !== undefined && 'A_Const' in inner ? inner.A_Const.sval?.sval : undefined;
    const isCustom = setting?.includes('.') === true && legacySetting(setting) === undefined;
    return isCustom ? [{ call, expression, setting }] : [];
  });
}

/**
 * None where NULL in place of the error would open the table. The calls are put into subselects as well where that is safe,
 * as per-row-auth-call has them: the two fixes would undo each other.
 */
function fixFor(policy: Policy, graph: SchemaGraph, clientRoles: readonly string[]): Fix | undefined {
  const written: string[] = [];
  const wraps = brokenBySubselect(graph, policy, clientRoles) === undefined;
  for (const { name, expression } of clausesOf(policy)) {
    const calls = strictCalls(expression);
    if (calls.length === 0) continue;
    if (!isRepeatable(graph, expression) || branchOpenToNobody(expression, 'unset') !== undefined) return undefined;
    const offsets = calls.map(({ call }) => (call.location ?? -1) - expression.start);
    const text = withArgument(expression.text, offsets, 'true');
    if (text === null) return undefined;
    const longer = (text.length - expression.text.length) / offsets.length;
    const placeOf = (offset: number) => offset + longer * offsets.filter((each) => each < offset).length;
    const wrapped = wraps ? clauseText(graph, expression, { text, placeOf }) : undefined;
    written.push(`${name.toLowerCase()} ${bracketed(wrapped ?? text)}`);
  }
  return {
    title: 'Take a setting that nobody made for NULL, which admits nothing',
    safety: 'safe',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}
