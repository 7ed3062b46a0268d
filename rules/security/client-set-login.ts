import {
  andList,
  brief,
  type CarriedLogin,
  carriedLogins,
  clientsOf,
  defineRule,
  type LoginColumn,
  quoteIdentifier,
  relatedAt,
  type Severity,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'client-set-login',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A SECURITY DEFINER trigger copies what clients write into auth.users.',
    why: 'The table auth.users says by which address, number and password somebody signs in, and app_metadata is what policies and the app trust, as no user can write it. A trigger that copies a column of a table there does so with the rights of its owner: whoever may write the column and choose whose row it is takes over an account, or gives it a role. Supabase Auth has a change of address or number confirmed first; a trigger goes past that.',
    remedy:
      'Let the app change them by the Auth API (updateUser, or admin.updateUserById on the server), and copy from auth.users into the table, not the other way. Where the trigger is to stay: tie the row to the caller in USING and WITH CHECK, and take the column away from clients.',
    scope: [
      'Critical where an address, a password or a role of any user can be set; medium where it is the address or number of one’s own account.',
      'Not reported: functions that ask who calls or may raise an error, and policies that ask for a role or look something up.',
    ],
    messages: {
      anyone:
        'By the policy {{policy}} {{clients}} may {{write}} {{table}} rows with any {{user}}, and the trigger {{trigger}} then writes {{from}} to {{into}} of that user in auth.users, with the rights of the owner of {{function}}: {{harm}}.',
      own: 'By the policy {{policy}} {{clients}} may {{write}} their own {{table}} row, and the trigger {{trigger}} then writes {{from}} to {{into}} of their account in auth.users, with the rights of the owner of {{function}}: {{harm}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: [
      'https://supabase.com/docs/guides/auth/users',
      'https://supabase.com/docs/guides/database/postgres/row-level-security#authjwt',
    ],
  },
  visit: {
    table(table, { graph, settings, report }) {
      if (settings.platform !== 'supabase') return;
      for (const carried of carriedLogins(graph, table, settings.clientRoles)) {
        const { trigger, policy, user, into, isOwn, command } = carried;
        const told = isOwn ? OWN[into] : ANYONES[into];
        if (told === undefined) continue;
        const data = {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(carried.access),
          write: command === 'insert' ? 'add' : 'change',
          table: brief(table.name),
          trigger: quoteIdentifier(trigger.name),
          from: fromText(carried),
          into: quoteIdentifier(into),
          function: `${brief(carried.function.name)}()`,
          harm: told.harm,
        };
        report({
          entity: trigger,
          discriminator: into,
          severity: told.severity,
          ...(isOwn
            ? { message: 'own', data }
            : { message: 'anyone', data: { ...data, user: quoteIdentifier(user.name) } }),
          related: relatedAt(policy, `the policy ${quoteIdentifier(policy.name)}`),
        });
      }
    },
  },
});

interface Told {
  readonly severity: Severity;
  readonly harm: string;
}

const ANYONES: Readonly<Record<LoginColumn, Told>> = {
  email: { severity: 'critical', harm: 'a link that is sent to that address signs in as that user' },
  encrypted_password: { severity: 'critical', harm: 'whoever wrote it signs in as that user' },
  role: { severity: 'critical', harm: 'the token of that user has that role' },
  is_super_admin: { severity: 'high', harm: 'that user counts as an administrator' },
  phone: { severity: 'high', harm: 'a code that is sent to that number signs in as that user' },
  raw_app_meta_data: {
    severity: 'high',
    harm: 'policies and the app trust app_metadata, as no user can write it otherwise',
  },
};

/** Of one's own account. */
const OWN: Readonly<Partial<Record<LoginColumn, Told>>> = {
  email: { severity: 'medium', harm: 'the address is theirs without a confirmation, whoever reads what is sent there' },
  phone: { severity: 'medium', harm: 'the number is theirs without a confirmation, whoever has the phone' },
  role: { severity: 'critical', harm: 'their token has the role that they wrote' },
  is_super_admin: ANYONES.is_super_admin,
  raw_app_meta_data: ANYONES.raw_app_meta_data,
};

function fromText({ from }: CarriedLogin): string {
  return andList(
    from.map(({ name }) => quoteIdentifier(name)),
    3,
  );
}
