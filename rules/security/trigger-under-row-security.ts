import {
  andList,
  type BlindProbe,
  blindProbe,
  brief,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  failuresInAuth,
  forbiddenInAuth,
  isTriggerFunction,
  orList,
  ownersRights,
  policiesLet,
  quoteIdentifier,
  quoteLiteral,
  relatedAt,
  rowOf,
  type SchemaGraph,
  type TriggerRefusal,
  triggerRefusals,
  withBodyPlace,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'trigger-under-row-security',
    category: 'security',
    severity: 'high',
    summary:
      'A trigger writes with the rights of the client whose row it runs for, and row security refuses or passes over that write.',
    why: 'A trigger function that is not SECURITY DEFINER runs as whoever writes the row, and the policies of the tables that it writes to hold it as they hold them. An INSERT that no policy admits fails with 42501, and the statement of the client with it: what its own policy lets it do never works. An UPDATE or DELETE that no policy admits is no error: it meets no row, the counter stays as it is, and nobody is told. A loop that looks for a free name sees only what the client sees, and the unique key then refuses what a hidden row has. All of this works for the service key and in the SQL editor, which row security does not hold. A trigger on auth.users runs with the rights of Supabase Auth, whose role has none on tables of public.',
    remedy:
      'Make the function SECURITY DEFINER with a pinned search_path, where all that it writes follows from the row that the policies have checked; else let the clients do by a policy what the trigger does for them.',
    scope: [
      'Where WHEN or an IF asks for what the columns of a new row hold by default, the rows that keep to the defaults are told of; where it asks whether a status becomes one of the values that a CHECK or an enum lists, the rows that are set to that.',
      'Not reported: what another condition or a handler may keep from happening.',
      'A loop is told of (medium) where the column has a unique key of its own; where another function has the loop, make the function of the trigger SECURITY DEFINER: what it calls then sees all rows too.',
    ],
    messages: {
      refused:
        '{{policies}} {{clients}} {{event}} {{table}} rows, and each of them{{given}} fails with 42501: the trigger {{trigger}} runs {{function}} with their rights, and row security lets them add no row to {{written}}.',
      forbidden:
        '{{policies}} {{clients}} {{event}} {{table}} rows, and each of them{{given}} fails with 42501: the trigger {{trigger}} runs {{function}} with their rights, and they have no privilege to {{deed}} rows of {{written}}.',
      idle: 'The trigger {{trigger}} leaves {{written}} as it is when {{clients}} {{event}} {{table}} rows{{given}}: it runs {{function}} with their rights, row security lets them {{deed}} no row of {{written}}, and a statement that meets none is no error.',
      inAuth:
        '{{effect}}: the trigger {{trigger}} runs {{function}} with the rights of Supabase Auth (supabase_auth_admin), which has no privilege to {{deed}} rows of {{written}} (42501).',
      probe:
        'The trigger {{trigger}} looks by {{function}} whether {{row}} has the same {{column}} already, with the rights of {{clients}}, who see only what {{showing}} them. What a row has that they do not see is taken for free, and the {{event}} fails with 23505 on the unique key of {{column}}.',
      ownOnly:
        'The trigger {{trigger}} leaves {{written}} as it is where {{clients}} {{event}} {{table}} rows{{given}} for {{other}} that is not theirs, as the policies let them: it runs {{function}} with their rights, row security lets them {{deed}} only {{written}} rows whose {{owner}} they are{{exempting}}, and a statement that meets none is no error.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
      'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
    ],
  },
  visit: {
    function(routine, { graph, settings, report }) {
      if (routine.security === 'definer') return;
      // Where it does not even find the tables, mutable-search-path tells, and gives the same fix.
      const inAuth = failuresInAuth(graph, routine).length > 0 ? undefined : forbiddenInAuth(graph, routine);
      if (inAuth !== undefined) {
        const { trigger, event, deed, written } = inAuth;
        report({
          ...withBodyPlace(routine),
          message: 'inAuth',
          data: {
            effect: AUTH_EFFECTS[event],
            trigger: quoteIdentifier(trigger.name),
            function: `${brief(routine.name)}()`,
            deed: commandsText([deed]),
            written: brief(written.name),
          },
          severity: event === 'delete' ? 'high' : 'critical',
          related: relatedAt(trigger, 'runs it'),
          fix: () => ownersRights(graph, routine),
        });
        return;
      }
      const probe = blindProbe(graph, routine, settings.clientRoles);
      if (probe !== undefined) {
        report({
          ...withBodyPlace(routine),
          message: 'probe',
          discriminator: probe.column.name,
          severity: 'medium',
          data: probeText(graph, routine, probe),
          related: relatedAt(probe.trigger, 'runs it'),
          fix: () => (isTriggerFunction(routine) ? ownersRights(graph, routine) : undefined),
        });
      }
      const tables = new Set(graph.dependentsOfKind(routine.id, 'trigger').map(({ relation }) => relation));
      const all = [...tables].flatMap((id): readonly TriggerRefusal[] => {
        const table = graph.find(id);
        if (table?.kind !== 'table') return [];
        return triggerRefusals(graph, table, settings.clientRoles).filter((each) => each.function === routine);
      });
      const [first] = [...all].sort(
        (a, b) => a.given.size - b.given.size || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind),
      );
      if (first === undefined) return;
      const others = new Set(all.map(({ trigger }) => trigger).filter((each) => each !== first.trigger));
      const events = all.filter((each) => isAlike(each, first)).map(({ event }) => event);
      const data = {
        policies: policiesLet(first.policies),
        clients: clientsOf(first.access),
        event: commandsText(first.kind === 'idle' ? events : [first.event]),
        table: brief(graph.get('table', first.trigger.relation).name),
        given: givenText(graph, first),
        trigger: quoteIdentifier(first.trigger.name),
        function: `${brief(routine.name)}()`,
        written: brief(first.written.name),
        other: rowOf(brief(first.written.name)),
        deed: commandsText([first.deed]),
        owner: first.owner === undefined ? '' : quoteIdentifier(first.owner.name),
        exempting: exemptingText(first),
      };
      const about = {
        ...withBodyPlace(routine),
        data,
        related: [first.trigger, ...others].flatMap((each) =>
          relatedAt(each, `the trigger ${quoteIdentifier(each.name)}`),
        ),
        fix: () => ownersRights(graph, routine),
      };
      if (first.kind === 'refused') report({ ...about, message: 'refused' });
      else if (first.kind === 'forbidden') report({ ...about, message: 'forbidden' });
      else if (first.kind === 'idle') report({ ...about, message: 'idle' });
      else report({ ...about, message: 'ownOnly' });
    },
  },
});

function probeText(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { trigger, column, event, access, showing }: BlindProbe,
) {
  const names = showing.map(({ name }) => quoteIdentifier(name));
  return {
    trigger: quoteIdentifier(trigger.name),
    function: `${brief(routine.name)}()`,
    column: quoteIdentifier(column.name),
    row: rowOf(brief(graph.get('table', column.relation).name)),
    clients: clientsOf(access),
    event: event.toUpperCase(),
    showing: names.length === 0 ? 'no policy shows' : `${orList(names)} ${names.length === 1 ? 'shows' : 'show'}`,
  };
}

/** What Supabase Auth fails to do. */
const AUTH_EFFECTS = {
  insert: 'Nobody can sign up',
  update: 'Supabase Auth cannot change a user, and so nobody can sign in',
  delete: 'Supabase Auth cannot delete a user',
};

/** The worst first. */
const KINDS: readonly TriggerRefusal['kind'][] = ['refused', 'forbidden', 'idle', 'ownOnly'];

/** The row that keeps to the defaults, or gives the same; the row that is set to a value. */
function givenText(graph: SchemaGraph, { given, event }: TriggerRefusal): string {
  if (given.size === 0) return '';
  const values = [...given].map(
    ([id, value]) =>
      `${quoteIdentifier(graph.get('column', id).name)} = ${typeof value === 'string' ? quoteLiteral(value) : String(value)}`,
  );
  if (event === 'update') return ` to ${andList(values)}`;
  return ` with ${andList(values)} (the default${given.size === 1 ? '' : 's'})`;
}

/** ` (each for those whom the policy "Admins change teams" admits)` */
function exemptingText({ exempting = [] }: TriggerRefusal): string {
  if (exempting.length === 0) return '';
  const names = exempting.map(({ name }) => quoteIdentifier(name));
  return ` (each for those whom the ${names.length === 1 ? 'policy' : 'policies'} ${andList(names)} ${names.length === 1 ? 'admits' : 'admit'})`;
}

function isAlike(one: TriggerRefusal, other: TriggerRefusal): boolean {
  const clients = [one, other].map(({ access }) => clientsOf(access));
  return (
    one.trigger === other.trigger &&
    one.kind === other.kind &&
    one.written === other.written &&
    one.given.size === other.given.size &&
    clients[0] === clients[1]
  );
}
