import {
  andList,
  brief,
  clientAccess,
  clientsOf,
  comesFromDefaults,
  commandsText,
  defineRule,
  definerReaders,
  type EntityOf,
  type Fix,
  failsByRecursion,
  filtersByCaller,
  isAuthUsers,
  isUnderRowSecurity,
  mayReadEveryRow,
  type OwnerRead,
  ownerReads,
  type SchemaGraph,
  showsAsPolicies,
  sql,
  updatableTable,
  viewAccess,
} from '../../src/rule/index.ts';

type View = EntityOf<'view'>;

export default defineRule({
  meta: {
    id: 'security-definer-view',
    category: 'security',
    severity: 'high',
    summary: 'A view that the API serves reads tables with row security with the rights of its owner.',
    why: 'Unless it is a security_invoker view, a view reads its tables as its owner, whom row security does not limit: whoever may read the view reads past the policies. A plain view of one table can be written to as well, and then the write goes past them too.',
    remedy:
      'ALTER VIEW … SET (security_invoker = true), Postgres 15 and newer: the policies then decide for each caller. CREATE OR REPLACE VIEW takes that away again unless it says so itself. A view that is meant to show more than its tables is best kept in a schema of its own, or revoked from the roles that need not see it. Low where the policies show the same rows today, all of them or those that the WHERE of the view lets through. A SECURITY DEFINER function that reads the view goes past the policies all the same. Views of auth.users are reported by auth-users-exposed.',
    messages: {
      reads:
        '{{roles}} may read {{tables}} through {{view}} past row security: the view reads with the rights of {{owner}}.{{origin}}',
      writes:
        '{{roles}} may {{commands}} rows of {{target}}{{others}} through {{view}} past row security: the view works with the rights of {{owner}}, and what is written to it goes to {{target}}, which is why this is critical.{{origin}}',
      filtered:
        '{{roles}} may read {{tables}} through {{view}} with the rights of {{owner}}, past row security: all that keeps rows back are the conditions of the view, which ask who calls.{{origin}}',
      window:
        '{{roles}} may read {{tables}} through {{view}} past row security, with the rights of {{owner}}. As {{outside}} may not read {{table}} itself, the view may be meant as the only way in, which is why this is medium.',
      same: '{{view}} reads {{tables}} with the rights of {{owner}}, past row security; today the policies there let {{roles}} read {{all}} anyway, which is why this is low.',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0010'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createview.html',
      'https://www.postgresql.org/docs/current/rules-privileges.html',
    ],
  },
  visit: {
    view(view, { graph, settings, statements, report }) {
      if (view.securityInvoker || !settings.exposedSchemas.includes(view.name.schema)) return;
      const access = viewAccess(graph, view, settings.clientRoles);
      const readers = access.filter(({ commands }) => commands.includes('select'));
      const reads = ownerReads(graph, view);
      if (readers.length === 0 || reads.some(isUsers)) return;
      const secured = reads.filter((each) => isPastRowSecurity(each, graph));
      const isFull = ({ table }: OwnerRead) =>
        readers.every(({ role }) => mayReadEveryRow(graph, role, table) === true);
      const isShown = ({ table, through: [, other] }: OwnerRead) =>
        other === undefined && readers.every(({ role }) => showsAsPolicies(graph, view, table, role));
      const closed = secured.filter((each) => !isFull(each) && !isShown(each));
      const target = updatableTable(graph, view);
      const writers = access.filter(({ commands }) => commands.some((each) => each !== 'select'));
      const isWritten = secured.some(({ table }) => table === target) && writers.length > 0;
      const [first] = closed.length > 0 ? closed : secured;
      const isBuilt = !readsUnknown(view, reads);
      // What a table shows of which nothing is known, nobody can say; nor is the view there in a database made of these files.
      if (first === undefined || (closed.length === 0 && !isBuilt)) return;
      const tables = [...new Set((closed.length > 0 ? closed : secured).map(({ table }) => brief(table.name)))];
      // As its caller the view would end in 42501.
      const ungranted = secured.find(({ table }) => !readers.every((each) => isGranted(each, table)))?.table;
      const data = {
        view: brief(view.name),
        tables: andList(tables, 3),
        owner: graph.get('role', first.owner).name,
        roles: clientsOf(readers, true),
        origin: comesFromDefaults(graph, statements, view, readers)
          ? ' What they may do with the view comes from default privileges.'
          : '',
      };
      const isLooping = secured.some(({ table }) =>
        readers.some(({ role }) => failsByRecursion(graph, table, 'select', role)),
      );
      const isFiltered = viewsOf(secured).some((each) => filtersByCaller(graph, each.query));
      const hidden = closed.map(({ table }) => table);
      const around = isFiltered ? [] : definerReaders(graph, view, hidden, settings);
      const about = {
        entity: view,
        ...(view.setBy.securityInvoker === undefined ? {} : { origin: view.setBy.securityInvoker }),
        ...(ungranted === undefined && isBuilt ? { fix: fixFor(secured, isLooping, around) } : {}),
        related: around.flatMap(({ origin }) =>
          origin.from === 'statement' ? [{ note: READS_AS_OWNER, at: origin.at }] : [],
        ),
      };
      if (isFiltered) report({ ...about, message: 'filtered', data, severity: 'medium' });
      else if (isWritten && target !== undefined) {
        const commands = commandsText(access.flatMap((each) => each.commands));
        const others = andList(
          tables.filter((each) => each !== brief(target.name)),
          3,
        );
        report({
          ...about,
          message: 'writes',
          data: {
            ...data,
            commands,
            target: brief(target.name),
            others: others.length === 0 ? '' : `, and read ${others}`,
          },
          severity: 'critical',
        });
      } else if (ungranted !== undefined) {
        const table = brief(ungranted.name);
        const roles = clientsOf(readers.filter((each) => !isGranted(each, ungranted)));
        report({ ...about, message: 'window', data: { ...data, table, outside: roles }, severity: 'medium' });
      } else if (closed.length > 0) report({ ...about, message: 'reads', data });
      else
        report({
          ...about,
          message: 'same',
          data: {
            ...data,
            roles: clientsOf(readers),
            all: secured.every(isFull) ? 'every row' : 'all that its WHERE lets through',
          },
          severity: 'low',
        });

      /** Of a table that nothing made the privileges are not known: mostly they are those that every table is given. */
      function isGranted({ name }: { readonly name: string }, table: OwnerRead['table']): boolean {
        return (
          table.isAssumed === true ||
          clientAccess(graph, table, [name]).some(({ commands }) => commands.includes('select'))
        );
      }
    },
  },
});

function isUsers({ table: { name, origin } }: OwnerRead): boolean {
  return origin.from === 'platform' && isAuthUsers(name);
}

function readsUnknown(view: View, reads: readonly OwnerRead[]): boolean {
  const isUnknown = ({ query }: View) => query.unresolved.some(({ kind }) => kind === 'relation');
  return reads.some(({ table }) => table.isAssumed === true) || [view, ...viewsOf(reads)].some(isUnknown);
}

const READS_AS_OWNER = 'reads the view with the rights of its owner, whatever the view is set to';

/** @param around functions by which clients get at the rows all the same */
function fixFor(reads: readonly OwnerRead[], isLooping: boolean, around: readonly EntityOf<'function'>[]): Fix {
  const first = isLooping ? ' (mend what policy-recursion tells first: until then it would fail with 42P17)' : '';
  const names = andList([...new Set(around.map(({ name }) => brief(name)))], 3);
  const open =
    names === '' ? '' : `; what ${names} ${around.length === 1 ? 'gives' : 'give'} out of it as owner stays open`;
  return {
    title: `Let the view read as the caller, so that the policies of its tables decide${first}${open}`,
    safety: 'review',
    sql: viewsOf(reads)
      .map(({ name }) => sql`alter view ${name} set (security_invoker = true);`)
      .join('\n'),
  };
}

/** What a materialized view on the way holds was read when it was filled, and no option of this view changes that. */
function isPastRowSecurity({ table, owner, through }: OwnerRead, graph: SchemaGraph): boolean {
  return (
    table.rowSecurity &&
    graph.isKnown(table, 'rowSecurity') &&
    !graph.isDoubtful(table, ['rowSecurity']) &&
    !isUnderRowSecurity(graph, owner, table) &&
    through.every(({ kind }) => kind === 'view')
  );
}

/** The views through which the tables are read with an owner's rights, the asked one first. */
function viewsOf(reads: readonly OwnerRead[]): readonly View[] {
  const views = reads.flatMap(({ through }) => through.flatMap((each) => (each.kind === 'view' ? [each] : [])));
  return [...new Set(views)];
}
