import {
  andList,
  areTablesGrantedByHand,
  authRows,
  brief,
  type ClientAccess,
  clientsOf,
  comesFromDefaults,
  commandsOf,
  commandsText,
  defineRule,
  definerReaders,
  type EntityOf,
  type Fix,
  failsByRecursion,
  fileName,
  filtersByCaller,
  forbiddenText,
  habitsOf,
  isOnlyCounted,
  isUnderRowSecurity,
  lostViewFilter,
  meantReaders,
  type OpenView,
  type OwnerRead,
  outsiders,
  ownerReads,
  ownersRightsSaid,
  policyOf,
  quoteIdentifier,
  type RowCommand,
  readAsCaller,
  relatedAt,
  revokeFromClients,
  type SchemaGraph,
  severalViews,
  showsAsPolicies,
  showsEveryRow,
  updatableTable,
  viewAccess,
  viewsAlikeBy,
  writersOfOthers,
  writersThrough,
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
      'ALTER VIEW … SET (security_invoker = true), Postgres 15 and newer: the policies then decide for each caller. CREATE OR REPLACE VIEW takes that away again unless it says so itself. A view that is meant to show more than its tables is best kept in a schema of its own, or revoked from the roles that need not see it.',
    scope: [
      'Medium where its own statement says security_invoker = off: that is meant, and no fix takes it back.',
      'Low where the policies show the same rows today, all of them or those that the WHERE of the view lets through.',
      'A SECURITY DEFINER function that reads the view goes past the policies all the same.',
      'No INSERT is held to the WHERE of a view without WITH CHECK OPTION, and one that asks who calls may let rows of others through all the same (auth.uid() is null or …).',
      'Views of auth.users and of what else Supabase Auth keeps of people are reported by auth-users-exposed.',
      'No fix is given that would end in 42501 for who may not read every column the view names (where a GRANT names whom the view is for, for one of those), or leave nothing where no policy shows a row, or take rows from a view above.',
      'Eight views of a schema or more of which the same holds, and which the same would mend, are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      reads:
        '{{roles}} may read {{tables}} through {{view}} past row security: the view reads with the rights of {{owner}}.{{origin}}',
      writes:
        '{{roles}} may {{commands}} rows of {{target}}{{others}} through {{view}} past row security: the view works with the rights of {{owner}}, and what is written to it goes to {{target}}, which is why this is critical.{{origin}}',
      adds: "{{roles}} may add rows to {{target}} through {{view}} past row security, in anybody's name{{own}}: the conditions of the view ask who calls, but hold for rows that are there and not for what an INSERT brings, as it has no CHECK OPTION. The view works with the rights of {{owner}}.{{origin}}",
      filtered:
        '{{roles}} may read {{tables}} through {{view}} with the rights of {{owner}}, past row security: all that keeps rows back are the conditions of the view, which ask who calls.{{written}}{{origin}}',
      window:
        '{{roles}} may read {{tables}} through {{view}} past row security, with the rights of {{owner}}. As {{outside}} may not read {{table}}, the view may be meant as the only way in, which is why this is medium.',
      said: '{{roles}} may read {{tables}} through {{view}} past row security: the view reads with the rights of {{owner}}, as {{file}} says itself (security_invoker = off), which is why this is medium.{{origin}}',
      unfiltered:
        '{{roles}} may read through {{view}} rows of {{table}} that it kept back once: {{file}} defined it with {{condition}}, and the definition of today has nothing of the kind, while {{policy}} asks for {{column}} too. The view reads with the rights of {{owner}}, past row security.',
      'several read':
        '{{roles}} may read tables through {{count}} views of {{schema}} past row security: each reads with the rights of {{owner}}.{{origin}} They are {{views}}.',
      'several written':
        '{{roles}} may {{commands}} rows of tables through {{count}} views of {{schema}} past row security: each works with the rights of {{owner}}, and what is written to it goes to its table, which is why this is critical.{{origin}} They are {{views}}.',
      same: '{{view}} reads {{tables}} with the rights of {{owner}}, past row security; today the policies there let {{roles}} read {{all}} anyway, which is why this is low.',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0010'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createview.html',
      'https://www.postgresql.org/docs/current/rules-privileges.html',
    ],
    optionDocs: {
      habit: 'So many views of a schema that are open alike are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 8 },
  visit: {
    graph(graph, { journal, settings, statements, options, shown, isApart, report }) {
      const opened: OpenView[] = [];
      for (const view of shown('view')) tell(view);
      const { alone, habits } = habitsOf(opened, options.habit, (each) =>
        isApart(each.view, each.told.origin) ? undefined : viewsAlikeBy(each),
      );
      for (const each of alone) {
        if (each.message === 'reads') report({ ...each.told, message: 'reads', data: each.data });
        else report({ ...each.told, message: 'writes', data: each.data, severity: 'critical' });
      }
      for (const all of habits) {
        const about = severalViews(graph, all);
        const [first] = all;
        if (first.message === 'reads') report({ ...about, message: 'several read' });
        else {
          const data = { ...about.data, commands: first.data.commands };
          report({ ...about, message: 'several written', data, severity: 'critical' });
        }
      }

      function tell(view: View): void {
        if (view.securityInvoker || !settings.exposedSchemas.includes(view.name.schema)) return;
        const access = viewAccess(graph, view, settings.clientRoles);
        const readers = access.filter(({ commands }) => commands.includes('select'));
        if (readers.length === 0 || authRows(graph, view) !== undefined) return;
        const reads = ownerReads(graph, view);
        const secured = reads.filter((each) => isPastRowSecurity(each, graph) && !isOnlyCounted(graph, each));
        const isFull = ({ table }: OwnerRead) =>
          readers.every(({ role }) => showsEveryRow(graph, role, table) === true);
        const isShown = ({ table, through: [, other] }: OwnerRead) =>
          other === undefined && readers.every(({ role }) => showsAsPolicies(graph, view, table, role));
        const closed = secured.filter((each) => !isFull(each) && !isShown(each));
        const target = updatableTable(graph, view);
        const isFiltered = viewsOf(secured).some((each) => filtersByCaller(graph, each.query));
        const passed = target === undefined ? [] : writersThrough(graph, view, target, access);
        // Rows of others: what conditions that ask who calls leave of that.
        const writers = target !== undefined && isFiltered ? writersOfOthers(graph, view, target, passed) : passed;
        const isWritten = secured.some(({ table }) => table === target) && writers.length > 0;
        // What those conditions let through is the caller's own, or for callers of a standing: told where no policy lets anybody do that to the table itself.
        const isLet = (command: RowCommand) =>
          target !== undefined &&
          graph.ownedBy(target.id, 'policy').some((each) => each.isPermissive && commandsOf(each).includes(command));
        const own = isFiltered
          ? [...new Set(passed.flatMap(({ commands }) => commands))].filter((each) => each !== 'insert' && !isLet(each))
          : [];
        const [first] = closed.length > 0 ? closed : secured;
        const isBuilt = !readsUnknown(view, reads);
        // Where the policies show all that the view does, it opens what grants close, to whomever.
        const meant = closed.length > 0 ? meantReaders(statements, view, readers) : readers;
        const outside = outsiders(graph, secured, meant);
        // What a table shows of which nothing is known, nobody can say; nor is the view there in a database made of these files.
        if (first === undefined || (closed.length === 0 && outside === undefined && !isBuilt)) return;
        const tables = [...new Set((closed.length > 0 ? closed : secured).map(({ table }) => brief(table.name)))];
        const owner = graph.get('role', first.owner).name;
        const data = { view: brief(view.name), tables: andList(tables, 3), owner, roles: clientsOf(readers, true) };
        const isLooping = secured.some(({ table }) =>
          readers.some(({ role }) => failsByRecursion(graph, table, 'select', role)),
        );
        const hidden = closed.map(({ table }) => table);
        const around = isFiltered ? [] : definerReaders(graph, view, hidden, settings);
        const facts = { isLooping, around };
        const turned = readAsCaller(graph, statements, viewsOf(secured), readers, facts, settings.clientRoles);
        const said = ownersRightsSaid(statements, view.name);
        const asCaller = isBuilt && outside === undefined && said === undefined ? turned.fix : undefined;
        const titleOfSeveral = asCaller === undefined ? undefined : turned.titleOfSeveral;
        const about = {
          entity: view,
          ...(view.setBy.securityInvoker === undefined ? {} : { origin: view.setBy.securityInvoker }),
          ...(asCaller === undefined ? {} : { fix: asCaller }),
          related: [...around.flatMap((each) => relatedAt(each, READS_AS_OWNER)), ...turned.related],
        };
        const roles = readers.map(({ role }) => role);
        const lost = isFiltered || isWritten ? undefined : lostViewFilter(graph, journal, view, hidden, roles);
        if (isWritten && target !== undefined) {
          const isRead = closed.length > 0 || outside !== undefined;
          const commands = writers.flatMap((each) => each.commands);
          const isAdding = isFiltered && commands.every((each) => each === 'insert');
          const others = tables.filter((each) => isRead && each !== brief(target.name));
          // Who limits the view to what each caller is to see means it to be read so.
          const fix = (isRead && !isFiltered ? asCaller : undefined) ?? writingRevoked();
          const told = { ...about, ...(fix === undefined ? {} : { fix }) };
          const written = {
            ...data,
            target: brief(target.name),
            origin: originOf(readers) || originOf(writers, 'awd'),
          };
          if (isAdding) {
            report({
              ...told,
              message: 'adds',
              data: {
                ...written,
                roles: clientsOf(writers, true),
                own: own.length === 0 ? '' : `, and ${commandsText(own)} what it shows them`,
              },
              severity: 'high',
            });
            return;
          }
          const title = fix === asCaller ? titleOfSeveral : fix?.title;
          opened.push({
            view,
            told,
            title,
            message: 'writes',
            data: {
              ...written,
              roles: clientsOf(isRead ? access : writers, true),
              commands: commandsText(isRead ? ['select', ...commands] : commands),
              others: others.length === 0 ? '' : `, and read ${andList(others, 3)}`,
            },
          });
        } else if (isFiltered && (closed.length > 0 || outside !== undefined)) {
          const rows =
            own.length === 0 || target === undefined
              ? ''
              : ` What it shows of ${brief(target.name)} they may ${commandsText(own)} as well, though no policy lets anybody do that.`;
          const told = { ...data, written: rows, origin: originOf(readers) };
          report({ ...about, message: 'filtered', data: told, severity: 'medium' });
        } else if (lost !== undefined) {
          const { table, condition, column, policy, by } = lost;
          report({
            entity: view,
            origin: view.setBy.query ?? view.origin,
            message: 'unfiltered',
            data: {
              ...data,
              table: brief(table.name),
              file: fileName(by.at),
              condition: condition.text,
              policy: policyOf(graph, policy),
              column: quoteIdentifier(column.name),
            },
            related: [{ note: 'the definition that kept them back', at: by.at }],
          });
        } else if (outside !== undefined) {
          const { clients, forbidden } = outside;
          report({
            ...about,
            message: 'window',
            data: { ...data, table: forbiddenText(forbidden), outside: clientsOf(clients) },
            severity: 'medium',
          });
        } else if (closed.length > 0 && said !== undefined) {
          const told = { ...data, file: fileName(said.at), origin: originOf(readers) };
          report({ ...about, message: 'said', data: told, severity: 'medium' });
        } else if (closed.length > 0) {
          opened.push({
            view,
            told: about,
            title: titleOfSeveral,
            message: 'reads',
            data: { ...data, origin: originOf(readers) },
          });
        } else
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

        /** Where nobody decided what these clients may do with the view, and by what it is taken to be so. */
        function originOf(clients: readonly ClientAccess[], asked?: 'awd'): string {
          if (!comesFromDefaults(graph, statements, view, clients, asked)) return '';
          const what = asked === undefined ? 'What they may do there' : 'That they may write there';
          const isByHand =
            settings.platform === 'supabase' && areTablesGrantedByHand(graph, statements, settings.clientRoles);
          return ` ${what} comes from default privileges${isByHand ? `: ${BY_HAND}` : ''}.`;
        }

        function writingRevoked(): Fix | undefined {
          const revoke = revokeFromClients(graph, view, settings.clientRoles, 'insert, update, delete');
          return revoke === undefined
            ? undefined
            : {
                title: 'Take writing from the client roles; who may read the view still may',
                safety: 'review',
                sql: revoke,
              };
        }
      }
    },
  },
});

const BY_HAND =
  'that the project has those is assumed, though its files grant tables by name, to service_role too; if it exposes no new tables by itself, --exposure explicit-grants reads it so';

function readsUnknown(view: View, reads: readonly OwnerRead[]): boolean {
  const isUnknown = ({ query }: View) => query.unresolved.some(({ kind }) => kind === 'relation');
  return reads.some(({ table }) => table.isAssumed === true) || [view, ...viewsOf(reads)].some(isUnknown);
}

const READS_AS_OWNER = 'reads the view with the rights of its owner, whatever the view is set to';

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
