import {
  admitsNothing,
  andList,
  anotherAt,
  brief,
  clausesOf,
  clientAccess,
  commandsOf,
  commandsText,
  decidingClause,
  defineRule,
  type EntityOf,
  type Fix,
  foldBoolean,
  grantForPolicies,
  isClosedToSignedOut,
  orList,
  policiesFor,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  type RevokedBefore,
  type RowCommand,
  relatedAt,
  revokedBefore,
  type SchemaGraph,
  type ServedPolicy,
  servedPolicies,
  sql,
  surelyForbidden,
  type UnheldRoles,
  unheldRoles,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'dead-policy',
    category: 'security',
    severity: 'medium',
    summary: 'A policy can never admit a row, or restricts nothing.',
    why: 'A permissive policy admits rows by a clause that is true: INSERT by WITH CHECK, the others by USING. Without that clause, or with one that is never true, it admits none, and since permissive policies are joined by OR it does not forbid anything either. A restrictive policy without an effective clause forbids nothing. No policy gives a right: without that of the table (GRANT) none is asked.',
    remedy:
      "Write the clause that is missing. What an application calls a role belongs into app_metadata (auth.jwt() -> 'app_metadata' ->> 'role') or into a table; a role that was made outside of the migrations is not seen, nor a server of your own that sets request.jwt.claims. To forbid something use AS RESTRICTIVE, or no policy at all: what no policy admits is refused. A policy whose clients lost the privilege in an earlier file needs a GRANT, or it is to go, as where that file dropped such a policy as well.",
    scope: [
      'A lone USING (false) only says so in writing and is not reported.',
      'Where clients read or write these rows by a SECURITY DEFINER function, which may show less of them, it is low, and one finding for all such policies.',
      'Where the REVOKE came with the policy or after it, the table is closed on purpose.',
    ],
    messages: {
      missing: 'The policy {{policy}} admits no row of {{table}}: {{verb}} needs {{clause}}, which it does not have.',
      never: 'The policy {{policy}} admits no row of {{table}}: its {{clause}} is never true.',
      forbidding:
        'The policy {{policy}} forbids nothing: {{others}} of {{table}} {{admit}} rows for the same roles and commands, and a permissive policy takes nothing away from others.',
      unreached:
        '{{policies}} of {{table}} {{let}} nobody {{commands}} anything: an earlier file took that right from {{roles}}, and each such statement ends in 42501 (permission denied for table {{table}}) before a policy is looked at.{{calls}}',
      served:
        '{{policies}} of {{tables}} {{are}} never asked: earlier files took the right to {{commands}} these rows from {{roles}}, for whom {{functions}} {{do}} it with the rights of the owner. {{they}} only as if it decided, which is why this is low.',
      role: '{{policies}} {{let}} nobody in: {{they}} that the role in the token be {{roles}}. The API runs each request as the database role that its token names (anon, authenticated or service_role), and there is none of that name.',
      branch:
        '{{policies}} {{let}} nobody in by asking that the role in the token be {{roles}}: the API runs each request as the database role that its token names (anon, authenticated or service_role), and there is none of that name. What else {{they}} for decides alone.',
      restrictive: 'The restrictive policy {{policy}} restricts nothing in {{table}}: {{reason}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC010', 'pgrls:SEC031', 'pgrls:SEC006'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createpolicy.html',
      'https://docs.postgrest.org/en/v12/references/auth.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, journal, report }) {
      const table = graph.get('table', policy.table);
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const data = { policy: quoteIdentifier(policy.name), table: brief(table.name) };
      const drop = {
        title: 'Drop it: nothing changes for anybody',
        safety: 'safe',
        sql: sql`drop policy ${policy.name} on ${table.name};`,
      } as const;
      const others = graph.ownedBy(table.id, 'policy').filter((each) => each !== policy && each.isPermissive);
      if (!policy.isPermissive) {
        const reason = whyNothing(policy);
        if (reason === undefined) return;
        const fix = others.length > 0 ? { fix: drop } : {};
        report({ entity: policy, ...fix, message: 'restrictive', data: { ...data, reason } });
        return;
      }
      const unheld = settings.platform === 'supabase' ? toldTogether(graph, policy) : undefined;
      if (unheld !== undefined) {
        const about = { entity: policy, ...toldOfRole(graph, unheld) };
        if (unheld.every(({ isWhole }) => isWhole)) report({ ...about, message: 'role' });
        else report({ ...about, message: 'branch' });
      }
      if (!commandsOf(policy).every((each) => admitsNothing(policy, each))) {
        const served = servedPolicies(graph, journal, settings);
        if (served.some((each) => each.policy === policy)) {
          if (served[0]?.policy === policy)
            report({ entity: policy, message: 'served', ...toldAsServed(graph, served) });
          return;
        }
        const revoked = (each: Policy) => revokedBefore(graph, journal, each, settings.clientRoles);
        const found = revoked(policy);
        if (found === undefined) return;
        // One REVOKE is one finding.
        const alike = graph
          .ownedBy(table.id, 'policy')
          .filter((each) => revoked(each)?.by === found.by && !served.some((one) => one.policy === each));
        if (alike[0] !== policy) return;
        const names = alike.map(({ name }) => quoteIdentifier(name));
        const isOne = names.length === 1;
        report({
          entity: policy,
          message: 'unreached',
          data: {
            policies: `The ${isOne ? 'policy' : 'policies'} ${andList(names, 3)}`,
            table: data.table,
            let: isOne ? 'lets' : 'let',
            commands: commandsText(alike.flatMap(commandsOf), orList),
            roles: andList([...new Set(alike.flatMap((each) => revoked(each)?.roles ?? []))]),
            calls: callsText(
              alike.flatMap((each) => uncallable(graph, each, revoked(each))),
              isOne,
            ),
          },
          related: [{ note: 'takes it', at: found.by.at }],
          fix: () => {
            // What others of the table are for is done by functions: it was closed on purpose.
            if (served.some((each) => each.policy.table === table.id)) return undefined;
            const reasons = alike.map((each) => whyTaken(graph, each, revoked(each)));
            if (reasons.every((each) => each === undefined)) return grantForPolicies(graph, table, alike, found.roles);
            const [reason] = reasons;
            return reason === undefined || reasons.includes(undefined) ? undefined : dropOf(table, alike, reason);
          },
        });
        return;
      }
      const missing = missingClause(policy);
      if (missing !== undefined && (clausesOf(policy).length === 0 || !isPlainFalse(policy))) {
        report({ entity: policy, message: 'missing', data: { ...data, verb: VERBS[policy.command], clause: missing } });
        return;
      }
      if (!isPlainFalse(policy)) {
        const clause = andList(clausesOf(policy).map(({ name }) => name));
        report({ entity: policy, message: 'never', data: { ...data, clause } });
        return;
      }
      const admitting = outvoting(graph, policy, settings.clientRoles);
      if (admitting.length === 0) return;
      report({
        entity: policy,
        fix: drop,
        message: 'forbidding',
        data: {
          ...data,
          others: andList(
            admitting.map(({ name }) => quoteIdentifier(name)),
            3,
          ),
          admit: admitting.length === 1 ? 'admits' : 'admit',
        },
      });
    },
  },
});

const VERBS = { all: 'ALL', select: 'SELECT', insert: 'INSERT', update: 'UPDATE', delete: 'DELETE' } as const;

/** Those that are told with the policy, as the first of them. One habit is one finding. */
function toldTogether(graph: SchemaGraph, policy: Policy): readonly UnheldRoles[] | undefined {
  const own = unheldRoles(graph).find((each) => each.policy === policy);
  const alike = unheldRoles(graph).filter(({ isWhole }) => isWhole === own?.isWhole);
  return alike[0] === own && own !== undefined ? alike : undefined;
}

function toldOfRole(graph: SchemaGraph, unheld: readonly UnheldRoles[]) {
  const isOne = unheld.length === 1;
  const names = andList(
    unheld.map(({ policy }) => policyOf(graph, policy)),
    3,
  );
  const roles = [...new Set(unheld.flatMap((each) => each.roles))].map(quoteLiteral);
  return {
    data: {
      policies: `${names.charAt(0).toUpperCase()}${names.slice(1)}`,
      let: isOne ? 'lets' : 'let',
      they: isOne ? 'it asks' : 'they ask',
      roles: orList(roles),
    },
    related: unheld.slice(1).flatMap(({ policy }) => anotherAt(policy, `${policyOf(graph, policy)} as well`)),
    alsoAbout: unheld.slice(1).map(({ policy }) => policy),
  } as const;
}

function toldAsServed(graph: SchemaGraph, served: readonly ServedPolicy[]) {
  const isOne = served.length === 1;
  const names = served.map(({ policy }) => quoteIdentifier(policy.name));
  const tables = [...new Set(served.map(({ policy }) => graph.get('table', policy.table)))];
  const functions = [...new Set(served.map(({ routine }) => `${brief(routine.name)}()`))];
  return {
    severity: 'low',
    data: {
      policies: `The ${isOne ? 'policy' : 'policies'} ${andList(names, 3)}`,
      tables: andList(
        tables.map(({ name }) => brief(name)),
        3,
      ),
      are: isOne ? 'is' : 'are',
      commands: commandsText(served.flatMap(({ policy }) => commandsOf(policy))),
      roles: andList([...new Set(served.flatMap(({ revoked }) => revoked.roles))]),
      functions: andList(functions, 3),
      do: functions.length === 1 ? 'does' : 'do',
      they: isOne ? 'It reads' : 'Each reads',
    },
    related: served.flatMap(({ revoked: { by }, policy }, at) =>
      at === 0 ? [{ note: 'takes the right', at: by.at }] : relatedAt(policy, 'nor is this'),
    ),
    fix: {
      title: `Drop ${isOne ? 'it' : 'them'}: the functions need no policy`,
      safety: 'review',
      sql: served
        .map(({ policy }) => sql`drop policy ${policy.name} on ${graph.get('table', policy.table).name};`)
        .join('\n'),
    },
  } as const;
}

/** What tells that clients are not to have the right themselves. */
function whyTaken(graph: SchemaGraph, policy: Policy, revoked: RevokedBefore | undefined): string | undefined {
  if (revoked?.dropsPolicy === true) return 'the file that took the right dropped such a policy as well';
  const [called] = uncallable(graph, policy, revoked);
  return called && `whom it is for may not execute ${brief(called.name)}() either`;
}

/** What the policy calls and none of those who lost the right may execute: with the right each statement would end in 42501 all the same. */
function uncallable(
  graph: SchemaGraph,
  policy: Policy,
  revoked: RevokedBefore | undefined,
): readonly EntityOf<'function'>[] {
  const roles = (revoked?.roles ?? []).flatMap((name) => graph.global('role', name)?.id ?? []);
  const [first = [], ...others] = roles.map((role) =>
    clausesOf(policy).flatMap(({ expression }) => surelyForbidden(graph, expression, role)),
  );
  return first.filter((each) => others.every((one) => one.includes(each)));
}

function callsText(functions: readonly EntityOf<'function'>[], isOne: boolean): string {
  const names = [...new Set(functions.map(({ name }) => `${brief(name)}()`))];
  if (names.length === 0) return '';
  return ` Nor may they execute ${andList(names, 3)}, which the ${isOne ? 'policy calls' : 'policies call'}.`;
}

function dropOf(table: EntityOf<'table'>, policies: readonly Policy[], reason: string): Fix {
  return {
    title: `Drop ${policies.length === 1 ? 'it' : 'them'}: ${reason}`,
    safety: 'review',
    sql: policies.map(({ name }) => sql`drop policy ${name} on ${table.name};`).join('\n'),
  };
}

function missingClause({ command, using, check }: Policy): string | undefined {
  if (command === 'insert') return check === null ? 'WITH CHECK' : undefined;
  return using === null ? 'USING' : undefined;
}

/** `false` as such is written on purpose; NULL, and what only works out to be false, is not. */
function isPlainFalse(policy: Policy): boolean {
  return clausesOf(policy).every(({ expression }) => {
    return 'A_Const' in expression.tree && foldBoolean(expression.tree) === false;
  });
}

/** Where nothing passes but what others admit, whoever wrote `false` has been outvoted: the policies that do so for each role and command. */
function outvoting(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly Policy[] {
  const table = graph.get('table', policy.table);
  const cases = clientAccess(graph, table, clientRoles).flatMap(({ name, role, commands }) =>
    commands.flatMap((command) => {
      const policies = policiesFor(graph, table, command, role);
      const admitting = policies.filter(
        (each) => each.isPermissive && each !== policy && admits(graph, each, command, name),
      );
      return policies.includes(policy) ? [admitting] : [];
    }),
  );
  return cases.length > 0 && cases.every((each) => each.length > 0) ? [...new Set(cases.flat())] : [];
}

/** Can it admit a row? One that asks for a user cannot where there is none. */
function admits(graph: SchemaGraph, policy: Policy, command: RowCommand, role: string): boolean {
  const clause = decidingClause(policy, command);
  return clause !== null && !admitsNothing(policy, command) && !(role === 'anon' && isClosedToSignedOut(graph, clause));
}

/** Why a restrictive policy lets everything through that others admit. */
function whyNothing({ command, using, check }: Policy): string | undefined {
  const isTrue = (clause: Policy['using']) => clause === null || foldBoolean(clause.tree) === true;
  if (command === 'insert') {
    if (!isTrue(check)) return undefined;
    return check === null ? 'for INSERT it needs WITH CHECK, which it does not have' : 'its WITH CHECK is always true';
  }
  if (!isTrue(using) || !isTrue(check)) return undefined;
  return using === null && check === null ? 'it has no clause' : 'its condition is always true';
}
