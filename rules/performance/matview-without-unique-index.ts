import {
  andList,
  brief,
  defineRule,
  distinctOutput,
  dropServed,
  type EntityOf,
  type Fix,
  isUsersOwn,
  raw,
  refreshesOf,
  relatedAt,
  type SchemaGraph,
  sql,
  takesConcurrentRefresh,
} from '../../src/rule/index.ts';

type View = EntityOf<'materializedView'>;

export default defineRule({
  meta: {
    id: 'matview-without-unique-index',
    category: 'performance',
    severity: 'medium',
    summary: 'A materialized view has no unique index, so that REFRESH … CONCURRENTLY is refused.',
    why: 'A plain REFRESH locks the view against every reader until the whole query has run. CONCURRENTLY lets them read on, but finds the changed rows by a unique index: one on plain columns, without a condition. Without one it ends in an error.',
    remedy: 'Create a unique index on the columns that make each row different, as a rule those the query groups by.',
    messages: {
      refused:
        '{{routines}} fails: CONCURRENTLY takes a unique index on plain columns of {{view}}, without a condition, and there is none.',
      refreshed:
        'Whoever reads {{view}} waits while {{routines}} refreshes it: without a unique index it cannot be done CONCURRENTLY.',
      plain:
        'Whoever reads {{view}} waits while it is refreshed: without a unique index it cannot be done CONCURRENTLY.',
    },
    restsOn: ['indexes'],
    references: ['https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html'],
  },
  visit: {
    materializedView(view, { graph, report }) {
      if (view.isAssumed || !isUsersOwn(graph, view) || takesConcurrentRefresh(graph, view)) return;
      const refreshes = refreshesOf(graph, view.id);
      const refused = refreshes.filter((each) => each.isConcurrent);
      const about = { entity: view, related: placesOf(refreshes), fix: () => fixFor(graph, view) };
      const data = { view: brief(view.name), routines: namesOf(refused.length > 0 ? refused : refreshes) };
      if (refused.length > 0) report({ ...about, message: 'refused', data, severity: 'high' });
      else if (refreshes.length > 0) report({ ...about, message: 'refreshed', data });
      else report({ ...about, message: 'plain', data });
    },
  },
});

type Refreshes = ReturnType<typeof refreshesOf>;

function namesOf(refreshes: Refreshes): string {
  return andList([...new Set(refreshes.map(({ routine }) => `${brief(routine.name)}()`))]);
}

function placesOf(refreshes: Refreshes) {
  return [...new Set(refreshes.map(({ routine }) => routine))].flatMap((each) => relatedAt(each, 'refreshes it'));
}

function fixFor(graph: SchemaGraph, view: View): Fix | undefined {
  const columns = distinctOutput(graph, view);
  if (columns === undefined) return undefined;
  // A plain index on them has nothing left to do beside a unique one.
  const plain = graph.ownedBy(view.id, 'index').find((each) => {
    const names = each.keys.map((key) => (key.column === null ? '' : graph.get('column', key.column).name));
    return each.method === 'btree' && !each.isUnique && names.join() === columns.join() && each.predicate === null;
  });
  const drop = plain === undefined ? '' : `\n${dropServed(plain)}`;
  return {
    title: 'Index the columns that tell its rows apart',
    safety: 'review',
    sql: sql`create unique index on ${view.name} (${columns});${raw(drop)}`,
  };
}
