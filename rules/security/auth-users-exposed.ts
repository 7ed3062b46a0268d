import {
  andList,
  authRows,
  brief,
  clientsOf,
  defineRule,
  display,
  type EntityOf,
  filtersByCaller,
  isOwnIdAlone,
  quoteIdentifier,
  type RuleContext,
  revokeFromClients,
  viewAccess,
} from '../../src/rule/index.ts';

type View = EntityOf<'view' | 'materializedView'>;

const MESSAGES = {
  exposed: '{{roles}} may read through {{view}} what it takes from {{table}} ({{columns}}): {{kind}}.',
  filtered:
    '{{roles}} may read through {{view}} what it takes from {{table}} ({{columns}}): {{kind}}. All that keeps what belongs to others back are its conditions, which ask who calls.',
  own: '{{roles}} may read through {{view}} what it takes from {{table}} ({{columns}}): {{kind}}, but shows nothing but the id of whoever asks, who knows it. Without an account there is nothing to see.',
} as const;

export default defineRule({
  meta: {
    id: 'auth-users-exposed',
    category: 'security',
    severity: 'critical',
    summary: 'A view that the API serves shows rows of auth.users, or what else Supabase Auth keeps of who signs in.',
    why: 'The table auth.users holds the address, phone, metadata and sign-in times of every account, and clients have no access to it; beside it auth.sessions holds their IP addresses and browsers, auth.identities what other services tell of them, and other tables tokens that sign in. A view reads these tables with the rights of its owner, and a materialized view keeps a copy: both go round that, also through other such views.',
    remedy:
      'Copy what others may know of a user (a name, a picture) into a table of your own with row security, by a trigger on auth.users, and build the view on that. Until then revoke it from the client roles. security_invoker is no way out: the caller may not read auth.users and gets 42501.',
    scope: [
      'Where its conditions ask who calls, it is there for users, and no fix takes it from them.',
      'A view that only counts rows is not reported, nor one that shows a user the own id alone, to users alone; where whoever has no account may read that too, it is low: revoke it from anon, or take (select auth.uid()) in place of auth.users.',
    ],
    messages: MESSAGES,
    restsOn: ['privileges'],
    equivalents: ['splinter:0002'],
    references: ['https://supabase.com/docs/guides/database/database-linter?lint=0002_auth_users_exposed'],
  },
  visit: { view: check, materializedView: check },
});

function check(view: View, { graph, settings, report }: RuleContext<typeof MESSAGES, unknown>): void {
  if (settings.platform !== 'supabase' || !settings.exposedSchemas.includes(view.name.schema)) return;
  const found = authRows(graph, view);
  if (found === undefined) return;
  const { read, columns } = found;
  const readers = viewAccess(graph, view, settings.clientRoles).filter(({ commands }) => commands.includes('select'));
  if (readers.length === 0) return;
  const copies = read.through.some((each) => each.kind === 'materializedView');
  const kind = copies
    ? 'a materialized view keeps a copy'
    : `the view reads with the rights of ${graph.get('role', read.owner).name}`;
  const about = {
    entity: view,
    origin: view.setBy.query ?? view.origin,
    data: {
      roles: clientsOf(readers, true),
      view: brief(view.name),
      table: display(read.table.name),
      columns: andList(
        columns.map(({ name }) => quoteIdentifier(name)),
        4,
      ),
      kind,
    },
  };
  if (isOwnIdAlone(graph, found)) {
    const others = readers.filter(({ name }) => name !== 'authenticated').map(({ name }) => name);
    if (others.length === 0) return;
    const sql = revokeFromClients(graph, view, others);
    const fix = { title: 'Take it from those who have no account', safety: 'review' as const };
    report({ ...about, message: 'own', severity: 'low', ...(sql === undefined ? {} : { fix: { ...fix, sql } }) });
    return;
  }
  const isFiltered = read.through.some((each) => each.kind === 'view' && filtersByCaller(graph, each.query));
  if (isFiltered) report({ ...about, message: 'filtered', severity: 'high' });
  else {
    const sql = revokeFromClients(graph, view, settings.clientRoles);
    const fix = { title: 'Take it from the client roles', safety: 'review' as const };
    report({ ...about, message: 'exposed', ...(sql === undefined ? {} : { fix: { ...fix, sql } }) });
  }
}
