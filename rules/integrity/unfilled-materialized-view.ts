import { andList, brief, defineRule, isUsersOwn, refusedRefreshes, relatedAt, sql } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'unfilled-materialized-view',
    category: 'integrity',
    severity: 'high',
    summary: 'A materialized view is made WITH NO DATA, and all that refreshes it is CONCURRENTLY, which needs data.',
    why: 'REFRESH … CONCURRENTLY compares the new rows with those that are there, and Postgres refuses it for a view that was never filled ("CONCURRENTLY cannot be used when the materialized view is not populated", 0A000). So it never is: each refresh fails, and so does each query that reads the view (55000). A dump of a schema writes WITH NO DATA for every view: where the files begin with one, production has the rows, and a database made by the files (a preview branch, supabase db reset) has none.',
    remedy: 'REFRESH it once without CONCURRENTLY, in a migration.',
    scope: ['Not reported where anything in the files refreshes it so, or puts a REFRESH together at run time.'],
    messages: {
      unfilled:
        'In a database made by these files {{routines}} fails (0A000): {{view}} is made WITH NO DATA, and REFRESH … CONCURRENTLY takes a view that was filled once. Until then each query that reads it fails as well (55000).',
    },
    restsOn: ['existence', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html'],
  },
  visit: {
    materializedView(view, { graph, texts, report }) {
      if (!isUsersOwn(graph, view)) return;
      const refused = refusedRefreshes(graph, view, texts);
      if (refused.length === 0) return;
      const routines = [...new Set(refused.map(({ routine }) => routine))];
      report({
        entity: view,
        message: 'unfilled',
        data: {
          view: brief(view.name),
          routines: andList(
            routines.map(({ name }) => `${brief(name)}()`),
            3,
          ),
        },
        related: routines.flatMap((each) => relatedAt(each, 'refreshes it')),
        fix: () => ({
          title: 'Fill it once (readers wait while its query runs)',
          safety: 'safe',
          sql: sql`refresh materialized view ${view.name};`,
        }),
      });
    },
  },
});
