import {
  andList,
  brief,
  claimedProfile,
  columnsComparedWithCaller,
  defineRule,
  isNamed,
  type NamePatterns,
  policyOf,
  quoteIdentifier,
  relatedAt,
  standingsIn,
} from '../../src/rule/index.ts';

/** What the profile makes of whoever has it. */
const RANKS: NamePatterns = [
  'is_admin',
  'is_super_admin',
  'is_staff',
  'is_superuser',
  'role',
  'user_role',
  'permissions',
];

export default defineRule({
  meta: {
    id: 'profile-claimed-by-email',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Whoever signs up with the address of a profile takes it over.',
    why: 'A row of auth.users is there as soon as somebody has typed an address into the sign-up form; that it is theirs they show later, by the link in the mail, or never where confirmations are off. A trigger that gives the profile with that address to the new row gives it to whoever knows the address: one that was made ahead for somebody, or that of a person who signs in with another address by now, who loses it.',
    remedy:
      'Give the profile away once the address is confirmed (a trigger for UPDATE OF email_confirmed_at, or WHEN (new.email_confirmed_at is not null)), and only one that has no account (and account is null).',
    scope: [
      'Not reported: functions that say anything of a confirmation, or whose conditions look at the column they set, and nothing where config.toml has enable_signup = false.',
    ],
    messages: {
      claimed:
        '{{function}}, run for each new row of auth.users, sets {{account}} of the {{table}} row with the new user’s {{email}} to the new user, whether the row has an account already or not, and nothing asks whether the address is confirmed: whoever signs up with it gets the row, and whoever had it is without.{{rank}}',
    },
    restsOn: ['triggers', 'functions', 'columns', 'policies'],
    references: ['https://supabase.com/docs/guides/auth/managing-user-data'],
  },
  visit: {
    function(routine, { graph, settings, report }) {
      if (settings.isSignUpOff) return;
      const claimed = claimedProfile(graph, routine);
      if (claimed === undefined) return;
      const { table, account, email, at, trigger } = claimed;
      const isCallers = columnsComparedWithCaller(graph, table.id).has(account.id);
      const standings = standingsIn(graph, table.id).filter(({ user }) => user === account.id);
      if (!isCallers && standings.length === 0) return;
      const ranks = standings.filter(({ by }) => by === 'value');
      const decisive = new Set(ranks.map(({ column }) => column));
      const columns = graph.columns(table.id).filter(({ id, name }) => decisive.has(id) || isNamed(name, RANKS));
      const names = columns.map(({ name }) => quoteIdentifier(name));
      const deciders = [...new Set(ranks.map(({ policy }) => policyOf(graph, policy)))];
      const decide = deciders.length === 1 ? 'decides' : 'decide';
      const by = deciders.length === 0 ? '' : `, by which ${andList(deciders, 2)} ${decide}`;
      report({
        entity: routine,
        message: 'claimed',
        data: {
          function: `${brief(routine.name)}()`,
          account: quoteIdentifier(account.name),
          table: brief(table.name),
          email: quoteIdentifier(email.name),
          rank: names.length === 0 ? '' : ` With it ${names.length === 1 ? 'goes' : 'go'} ${andList(names, 3)}${by}.`,
        },
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        ...(names.length === 0 ? {} : { severity: 'critical' as const }),
        related: relatedAt(trigger, 'the trigger'),
      });
    },
  },
});
