import {
  andList,
  areGuestsMeant,
  type BoundExpression,
  brief,
  type CallerlessInsert,
  type ClientAccess,
  callerlessInsert,
  callerlessWrite,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  isNullable,
  isNullMeant,
  isStorageObjects,
  narrowerWays,
  openPolicy,
  ownText,
  quoteIdentifier,
  type SchemaGraph,
  sql,
  withoutWays,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'write-policy-without-caller',
    category: 'security',
    severity: 'high',
    summary: 'A policy lets clients change, delete or add rows in some state, and never asks whose they are.',
    why: "A condition such as status = 'open' says which rows, not who: whoever has the public key of the app may change everything in them, or delete them, as long as they are in that state. Where it is one of the ways to add rows (is_public or user_id = auth.uid()), they add by it what they like as somebody else's.",
    remedy:
      'Compare a column of the row with the caller beside it, or say in WITH CHECK what the row has to become, tied to the caller (taken_by = auth.uid()): that is not reported.',
    scope: [
      'Not reported: rows that the SELECT policies show to their owner only, what a restrictive policy or a trigger holds back (one that asks only for a second factor does not), and what is always true (write-policy-always-true).',
      'Critical where no account is needed, but for the change of rows that are only asked to be without a value (unclaimed ones).',
      'Adding rows is reported where another of the ways, or a policy for INSERT, compares a column with the caller that this way leaves to the client, where that column says who wrote the row and policies go by it, or where it is the caller by default or the owner and policies for changing rows go by it; not where it says what stands there (user_id is null, for guests), where a trigger, a grant or a CHECK does, nor what everybody is to fill in.',
    ],
    messages: {
      written:
        'By the policy {{policy}} {{roles}} may {{commands}} any {{table}} row for which {{asked}}: it asks nothing of who they are{{weight}}.{{adding}}',
      added:
        'By the policy {{policy}} {{roles}} may add {{table}} rows for which {{asked}} with any {{owner}}, by which policies of {{table}} tell whose a row is: on that way it asks nothing of who they are{{weight}}.{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, texts, report }) {
      const table = graph.get('table', policy.table);
      if (isStorageObjects(table) || openPolicy(graph, policy, settings) !== undefined) return;
      const write = callerlessWrite(graph, policy, settings.clientRoles);
      const insert = callerlessInsert(graph, policy, settings.clientRoles);
      if (write === undefined) {
        if (insert === undefined) return;
        const today = failsToday(graph, table, insert.access, settings.clientRoles);
        report({
          entity: policy,
          message: 'added',
          data: {
            policy: quoteIdentifier(policy.name),
            roles: clientsOf(insert.access),
            table: brief(table.name),
            asked: textOf(insert.asked),
            owner: quoteIdentifier(insert.owner.name),
            weight: isForAnon(insert.access) ? ', not even for an account' : '',
            today,
          },
          severity: today === '' ? 'high' : 'medium',
          fix: () => ownRowsOnly(graph, policy, insert, texts),
        });
        return;
      }
      const { access, asked, adding } = write;
      const isPublic = isForAnon(access);
      // What is nobody's yet is mostly there to be taken by somebody.
      const isUnclaimed =
        asked.every(({ tree }) => 'NullTest' in tree) && access.every((each) => !each.commands.includes('delete'));
      const isCritical = isPublic && !isUnclaimed;
      report({
        entity: policy,
        message: 'written',
        data: {
          policy: quoteIdentifier(policy.name),
          roles: clientsOf(access),
          commands: commandsText(access.flatMap((each) => each.commands)),
          table: brief(table.name),
          asked: textOf(asked),
          weight: isPublic ? `, not even for an account${isCritical ? ', which is why this is critical' : ''}` : '',
          adding: insert === undefined ? addingToo(policy, access, adding) : addingText(insert),
        },
        severity: isCritical ? 'critical' : 'high',
      });
    },
  },
});

function isForAnon(access: readonly ClientAccess[]): boolean {
  return access.some(({ name }) => name === 'anon');
}

function textOf(asked: readonly BoundExpression[]): string {
  return andList(asked.map(({ text }) => text.replace(/\s+/g, ' ')));
}

function addingText({ access, asked, owner }: CallerlessInsert): string {
  return ` So may ${clientsOf(access)} add rows for which ${textOf(asked)}, with any ${quoteIdentifier(owner.name)}.`;
}

/** Where nothing says whose a new row is, that there may be such rows is all. */
function addingToo(
  { check }: EntityOf<'policy'>,
  access: readonly ClientAccess[],
  adding: readonly ClientAccess[],
): string {
  if (adding.length === 0) return '';
  const they = adding.length === access.length ? 'They' : clientsOf(adding);
  return ` ${they} may add such rows as well${check === null ? ', as without WITH CHECK a new row is asked what USING says' : ''}.`;
}

/** Guests, where they are meant, add rows that are nobody's. */
function ownRowsOnly(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  { ways, owner, tie, isTieEnough, access }: CallerlessInsert,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const name = quoteIdentifier(owner.name);
  const isGuests = access.every((each) => each.name === 'anon');
  const mayBeGuests =
    isForAnon(access) &&
    isNullable(graph, owner) &&
    (isGuests || isNullMeant(graph, owner) || areGuestsMeant(graph, policy, texts));
  if (isGuests && !mayBeGuests) return undefined;
  const own = ownText(graph, owner, tie);
  const nobodys = sql`${owner.name} is null`;
  if (mayBeGuests) {
    const asked = isGuests || isTieEnough ? nobodys : own && `${nobodys} or ${own}`;
    return narrowerWays(graph, policy, ways, [asked], `Let guests add only rows that are nobody’s (${name})`);
  }
  if (isTieEnough) return withoutWays(graph, policy, ways, 'Leave out what asks nothing of the caller');
  return narrowerWays(graph, policy, ways, [own], `Let everybody add only rows of their own (${name})`);
}
