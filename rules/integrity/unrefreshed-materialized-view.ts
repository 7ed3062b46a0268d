import {
  andList,
  brief,
  clientAccess,
  defineRule,
  type EntityOf,
  type Fix,
  isNeverRefreshed,
  isReadInSchema,
  isUsersOwn,
  mayMeetRows,
  quoteLiteral,
  raw,
  type SchemaGraph,
  sql,
  tablesBehind,
  takesConcurrentRefresh,
  writesTo,
} from '../../src/rule/index.ts';

type View = EntityOf<'materializedView'>;

export default defineRule({
  meta: {
    id: 'unrefreshed-materialized-view',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A materialized view is filled when it is made, and nothing refreshes it, while its tables change.',
    why: 'A materialized view holds the rows that its query gave when it was last refreshed. Where nothing ever does that, whoever reads it sees the day of the migration: rows that have come since are missing, and what was deleted or hidden since is still there.',
    remedy:
      'Refresh it by a job (pg_cron, CONCURRENTLY with a unique index), or make it a view. A job that was made in the dashboard is not seen: ignore it with the reason.',
    scope: [
      'Not reported: views made WITH NO DATA, as dumps write them, views that nobody reads or whose tables neither clients nor functions write, names and comments that say the rows are to stay (snapshot, archive), and views of which anything in the files, be it a comment, says REFRESH, or puts one together at run time.',
    ],
    messages: {
      stale:
        '{{view}} stays as it was when it was made: nothing in these files refreshes it, while {{tables}}, which it reads, {{change}}.',
    },
    restsOn: ['existence', 'functions', 'privileges', 'policies', 'rowSecurity'],
    needs: ['history'],
    references: [
      'https://www.postgresql.org/docs/current/rules-materializedviews.html',
      'https://supabase.com/docs/guides/cron',
    ],
  },
  visit: {
    materializedView(view, { graph, settings, statements, texts, report }) {
      // Elsewhere a server of one's own may refresh it: clients of Supabase's API cannot.
      if (settings.platform !== 'supabase' || !isUsersOwn(graph, view) || isToStay(view)) return;
      if (!isNeverRefreshed(graph, view, texts, statements)) return;
      const isRead = clientAccess(graph, view, settings.clientRoles).some(({ commands }) =>
        commands.includes('select'),
      );
      if (!isRead && !isReadInSchema(graph, view)) return;
      const changing = tablesBehind(graph, view).filter((each) => isWritten(graph, each, settings.clientRoles));
      if (changing.length === 0) return;
      report({
        entity: view,
        message: 'stale',
        data: {
          view: brief(view.name),
          tables: andList(changing.map(({ name }) => brief(name)).sort(), 3),
          change: changing.length === 1 ? 'changes' : 'change',
        },
        fix: () => fixFor(graph, view),
      });
    },
  },
});

function isToStay({ name, comment }: View): boolean {
  return /snapshot|archiv|frozen|history|baseline/i.test(`${name.name} ${comment ?? ''}`);
}

/** By clients, or by a function that they or a trigger may call. */
function isWritten(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  if (!isUsersOwn(graph, table) || !graph.isKnown(table, 'rowSecurity')) return false;
  const byClients = clientAccess(graph, table, clientRoles).some((each) =>
    each.commands.some((command) => command !== 'select' && mayMeetRows(graph, table, command, each)),
  );
  return byClients || writesTo(graph, table.id).some(({ holder }) => holder.kind === 'function');
}

function fixFor(graph: SchemaGraph, view: View): Fix {
  const refresh = sql`refresh materialized view ${raw(takesConcurrentRefresh(graph, view) ? 'concurrently ' : '')}${view.name}`;
  return {
    title: 'Refresh it each quarter of an hour (say how old its rows may be)',
    safety: 'review',
    sql: sql`create extension if not exists pg_cron;
select cron.schedule(${raw(quoteLiteral(`refresh ${view.name.name}`))}, '*/15 * * * *', ${raw(quoteLiteral(refresh))});`,
  };
}
