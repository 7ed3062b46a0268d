import {
  alternativesLeft,
  andList,
  anotherAt,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  commandsText,
  decidingClause,
  defineRule,
  type EntityOf,
  type Fix,
  type ForbiddenCalls,
  forbiddenCalls,
  functionAsksCaller,
  groupedBy,
  habitsOf,
  isToBeMerged,
  policiesOfHabit,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'forbidden-policy-call',
    category: 'security',
    severity: 'high',
    summary: 'A policy calls a function that those it is for may not execute.',
    why: 'The functions of a policy are called with the rights of whoever runs the statement, and these are checked before the first row: each statement that meets the policy fails with 42501 (permission denied for function …), whatever its other alternatives and other policies would let through.',
    remedy:
      'Give the policy TO the roles that may execute the function, and let the others in by a policy of their own that does not call it; or grant EXECUTE.',
    scope: [
      'Low where the role is not signed in and nothing else lets it in: it gets an error in the place of an empty answer.',
      'Three policies or more that call what the same roles may not execute are one finding, about the function; `"habit": 0` shows each.',
    ],
    messages: {
      failing:
        '{{clients}} cannot {{commands}} rows of {{table}}: the policy {{policy}} calls {{functions}}, which they may not execute, and each such statement fails with 42501{{even}}.',
      habit:
        '{{clients}} may not execute {{functions}}, which {{count}} policies call ({{policies}}): each statement that meets one of them fails with 42501{{even}}.',
      error:
        'Whoever is not signed in gets an error (42501) for reading {{table}} and not just no rows: {{policies}} {{call}} {{functions}}, which anon may not execute.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
    optionDocs: {
      habit: 'So many policies that call what the same roles may not execute are one finding; 0 tells of each.',
    },
  },
  defaults: { habit: 3 },
  visit: {
    graph(graph, { settings, options, shown, isApart, report }) {
      const { clientRoles } = settings;
      const found = shown('policy').flatMap((policy): readonly Calling[] => {
        const calls = forbiddenCalls(graph, policy, clientRoles);
        return calls === undefined ? [] : [{ policy, calls }];
      });
      const failing = found.flatMap(({ policy, calls }): readonly Failing[] =>
        calls.loss === null ? [] : [{ policy, calls, loss: calls.loss }],
      );
      const { alone, habits } = habitsOf(failing, options.habit, (each) =>
        isApart(each.policy) ? undefined : alikeBy(each),
      );
      for (const { policy, calls, loss } of alone)
        report({
          entity: policy,
          message: 'failing',
          data: {
            clients: clientsOf(calls.access, true),
            commands: commandsText(calls.access.flatMap(({ commands }) => commands)),
            table: brief(graph.get('table', policy.table).name),
            policy: quoteIdentifier(policy.name),
            functions: functionsOf([calls]),
            even: EVEN[loss],
          },
          fix: () => fixFor(graph, policy, calls, clientRoles),
        });
      for (const all of habits) {
        const [{ policy, calls, loss }] = all;
        const [called] = calls.functions;
        report({
          entity: called ?? policy,
          origin: policy.origin,
          message: 'habit',
          data: {
            clients: clientsOf(calls.access, true),
            functions: functionsOf([calls]),
            count: all.length,
            policies: policiesOfHabit(all.map((each) => onTable(graph, each.policy))),
            even: EVEN[loss],
          },
          discriminator: `${clientsOf(calls.access)} ${loss}`,
          related: all.slice(1).flatMap((each) => anotherAt(each.policy, `${onTable(graph, each.policy)} as well`)),
          fix: () => fixFor(graph, policy, calls, clientRoles),
        });
      }
      // One finding for a table.
      const erring = groupedBy(
        found.filter(({ calls }) => calls.loss === null),
        ({ policy }) => policy.table,
      );
      for (const [first, ...others] of erring.values()) if (first !== undefined) tellOfErrors([first, ...others]);

      function tellOfErrors(alike: readonly [Calling, ...Calling[]]): void {
        const [first] = alike;
        const names = alike.map((each) => quoteIdentifier(each.policy.name));
        report({
          entity: first.policy,
          message: 'error',
          severity: 'low',
          data: {
            table: brief(graph.get('table', first.policy.table).name),
            policies: `the ${names.length === 1 ? 'policy' : 'policies'} ${andList(names, 3)}`,
            call: names.length === 1 ? 'calls' : 'call',
            functions: functionsOf(alike.map(({ calls }) => calls)),
          },
          fix: () => {
            const each = alike.map((one) => forSignedIn(graph, one.policy, clientRoles));
            return each.includes(undefined) || alike.some((one) => isToBeMerged(graph, one.policy, clientRoles))
              ? undefined
              : { title: FOR_SIGNED_IN, safety: 'review', sql: each.join('\n') };
          },
        });
      }
    },
  },
});

interface Calling {
  readonly policy: Policy;
  readonly calls: ForbiddenCalls;
}

/** A policy that keeps those it is for from what it, or others, would let them do. */
interface Failing extends Calling {
  readonly loss: keyof typeof EVEN;
}

/** What one GRANT mends; undefined where those who are not signed in are to be left out instead, each policy for itself. */
function alikeBy({ calls: { access, functions }, loss }: Failing): string | undefined {
  const roles = access.map(({ name }) => name);
  return roles.every((each) => each === 'anon')
    ? undefined
    : JSON.stringify([functions.map(({ id }) => id), roles, loss]);
}

function onTable(graph: SchemaGraph, { name, table }: Policy): string {
  return `${quoteIdentifier(name)} on ${brief(graph.get('table', table).name)}`;
}

/** What would let rows through if the statement came that far. */
const EVEN = {
  alternative: ', also for rows that another alternative of the policy lets through',
  policy: ', also for rows that other policies let through',
  call: '',
} as const;

const FOR_SIGNED_IN = 'Leave it to those who have signed in';

function functionsOf(found: readonly ForbiddenCalls[]): string {
  const functions = new Set(found.flatMap((each) => each.functions));
  return andList(
    [...functions].map(({ name }) => `${brief(name)}()`),
    3,
  );
}

/** Those who are not signed in get a policy of their own with what is left to them; those who are, the right. */
function fixFor(
  graph: SchemaGraph,
  policy: Policy,
  { access, functions }: ForbiddenCalls,
  clientRoles: readonly string[],
): Fix | undefined {
  const roles: readonly string[] = access.map(({ name }) => name);
  const [anon, another] = access;
  if (anon?.name === 'anon' && another === undefined) {
    // It is not merged with others before that.
    const narrowed = forSignedIn(graph, policy, clientRoles);
    if (narrowed === undefined) return undefined;
    const [command, more] = policy.command === 'all' ? anon.commands : [policy.command];
    const clause = command === undefined ? null : decidingClause(policy, command);
    const left = clause === null ? [] : alternativesLeft(graph, clause, anon);
    if (left.length === 0) return { title: FOR_SIGNED_IN, safety: 'review', sql: narrowed };
    const texts = left.map(({ expression }) => clauseText(graph, expression));
    const name = `${policy.name} (anon)`;
    const isWritten = more === undefined && command !== 'update' && !texts.includes(undefined);
    if (!isWritten || graph.part('policy', policy.table, name) !== undefined) return undefined;
    const { name: table } = graph.get('table', policy.table);
    const condition = bracketed(texts.map((each = '') => (texts.length === 1 ? each : bracketed(each))).join(' or '));
    const kind = command === 'insert' ? 'with check' : 'using';
    return {
      title: 'Leave it to those who have signed in, and let the others in by what is left to them',
      safety: 'review',
      sql: sql`${raw(narrowed)}\ncreate policy ${name} on ${table} for ${raw(command ?? '')} to anon\n  ${raw(kind)} ${raw(condition)};`,
    };
  }
  // What anybody could then call with the rights of its owner has to ask who does.
  const isAsking = functions.every((each) => each.security === 'invoker' || functionAsksCaller(graph, each) === true);
  if (!isAsking || roles.some((each) => each !== 'authenticated')) return undefined;
  return {
    title: 'Let them call it',
    safety: 'review',
    sql: functions.map((each) => sql`grant execute on function ${raw(graph.path(each))} to ${roles};`).join('\n'),
  };
}

/** None where it names other roles than these. */
function forSignedIn(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): string | undefined {
  const roles = policy.roles.map((each) => (each === 'public' ? each : graph.get('role', each).name));
  const isKnown = roles.every((each) => each === 'public' || each === 'anon' || each === 'authenticated');
  const isForBoth = roles.includes('public') || roles.includes('authenticated');
  if (!isKnown || !isForBoth || !clientRoles.includes('authenticated')) return undefined;
  return sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name} to authenticated;`;
}
