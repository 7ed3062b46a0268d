// Long because it finds the ways down from a table, and says them so that they can be read.
import {
  addTo,
  brief,
  counted,
  defineRule,
  type EntityId,
  type EntityOf,
  estimatedRows,
  grouped,
  isUsersOwn,
  type RelatedPlace,
  rowOf,
  type SchemaGraph,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;
type Way = readonly ForeignKey[];

export default defineRule({
  meta: {
    id: 'cascade-chain',
    category: 'integrity',
    severity: 'high',
    summary: 'Deleting one row deletes rows of tables that are three or more foreign keys away.',
    why: 'Each ON DELETE CASCADE looks sensible by itself. In a chain one DELETE empties tables nobody thought of: in one transaction of unknown length that holds locks on all of them, fires every trigger on the way, may run into the statement timeout, and cannot be taken back.',
    remedy:
      'Mark rows of the first table as deleted and let a job delete what hangs on them in batches, from the last table up; or break the chain with RESTRICT where the rows below are worth more than the row above. Where a delete is meant to take everything along, say so in an ignore comment.',
    messages: {
      chain: 'Deleting {{root}} deletes rows of {{tables}}, up to {{edges}} keys away: {{ways}}.',
      rows: 'Deleting {{root}} deletes rows of {{tables}}, which hold about {{rows}} rows, up to {{edges}} keys away: {{ways}}.',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      edges: 'So many cascading keys in a row are a chain.',
      rows: 'With so many rows in the tables below, it is critical.',
    },
  },
  defaults: { edges: 3, rows: 1_000_000 },
  visit: {
    graph(graph, { options, report }) {
      const below = cascades(graph);
      const reached = new Set([...below.values()].flat().map((each) => each.table));
      for (const [id] of below) {
        const root = graph.get('table', id);
        // What a platform's tables hang on is the platform's business.
        if (isUsersOwn(graph, root) && reached.has(id)) continue;
        const ways = waysDown(id, below, options.edges, graph);
        const [longest] = ways;
        if (longest === undefined) continue;
        const emptied = tablesBelow(id, below);
        const counts = [...emptied].flatMap((each) => estimatedRows(graph, each) ?? []);
        const rows = counts.reduce((total, each) => total + each, 0);
        const entity = isUsersOwn(graph, root) ? root : longest[0];
        if (entity === undefined) continue;
        const data = {
          root: rowOf(brief(root.name)),
          tables: counted(emptied.size, 'table'),
          edges: longest.length,
          ways: written(root, ways, graph),
        };
        const about = { entity, related: placesOf(ways, options.edges) } as const;
        if (rows < options.rows) report({ ...about, message: 'chain', data });
        else
          report({
            ...about,
            message: 'rows',
            data: { ...data, rows: grouped(rows, ' ') },
            severity: 'critical',
          });
      }
    },
  },
});

/** The cascading keys to the user's tables, by the table above. A row that takes rows of its own table along goes no deeper. */
function cascades(graph: SchemaGraph): ReadonlyMap<EntityId, readonly ForeignKey[]> {
  const below = new Map<EntityId, Map<EntityId, ForeignKey>>();
  for (const key of graph.ofKind('foreignKey')) {
    if (key.onDelete !== 'cascade' || !key.isEnforced || key.parent !== null || key.table === key.referencedTable)
      continue;
    const child = graph.get('table', key.table);
    if (!isUsersOwn(graph, child) || graph.isDoubtful(key, ['constraints'])) continue;
    const keys = below.get(key.referencedTable) ?? new Map<EntityId, ForeignKey>();
    below.set(key.referencedTable, keys);
    // Two keys between two tables are one step.
    if (!keys.has(key.table)) keys.set(key.table, key);
  }
  return new Map([...below].map(([id, keys]) => [id, [...keys.values()]] as const));
}

/** More are not read by anyone, and in a dense schema there are very many. */
const MOST = 200;

/** The ways that can go no further, of so many steps at least, the longest first. */
function waysDown(
  root: EntityId,
  below: ReadonlyMap<EntityId, readonly ForeignKey[]>,
  edges: number,
  graph: SchemaGraph,
): readonly Way[] {
  const found: Way[] = [];
  const go = (at: EntityId, way: Way): void => {
    if (found.length >= MOST) return;
    const next = (below.get(at) ?? []).filter(
      (key) => key.table !== root && !way.some((each) => each.table === key.table),
    );
    for (const key of next) go(key.table, [...way, key]);
    if (next.length === 0 && way.length >= edges) found.push(way);
  };
  go(root, []);
  // Whatever the order in which the keys were made or read.
  const names = new Map(found.map((way) => [way, way.map((each) => graph.path(each)).join()]));
  const compare = (a: Way, b: Way) => ((names.get(a) ?? '') < (names.get(b) ?? '') ? -1 : 1);
  return found.sort((a, b) => b.length - a.length || compare(a, b));
}

function tablesBelow(root: EntityId, below: ReadonlyMap<EntityId, readonly ForeignKey[]>): ReadonlySet<EntityId> {
  const reached = new Set([root]);
  for (const id of reached) for (const key of below.get(id) ?? []) reached.add(key.table);
  reached.delete(root);
  return reached;
}

/** So many ways are named; of the rest only the number. */
const SHOWN = 6;

/** `a → b → c → d, e`: ways that differ in their last table only are said at once, the longest first. */
function written(root: Table, ways: readonly Way[], graph: SchemaGraph): string {
  const name = (id: EntityId): string => brief(graph.get('table', id).name);
  const lasts = new Map<string, string[]>();
  for (const way of ways) {
    const tables = [brief(root.name), ...way.map((each) => name(each.table))];
    const start = tables.slice(0, -1).join(' → ');
    addTo(lasts, start, tables.at(-1) ?? '');
  }
  const all = [...lasts].map(([start, ends]) => `${start} → ${ends.join(', ')}`);
  const more = all.length - SHOWN;
  return [...all.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more such ways`] : [])].join('; ');
}

function placesOf(ways: readonly Way[], edges: number): readonly RelatedPlace[] {
  const deep = new Set(ways.flatMap((way) => way.slice(edges - 1)));
  return [...deep].flatMap(({ origin, name }) =>
    origin.from === 'statement' ? [{ note: `${name} goes on with the chain`, at: origin.at }] : [],
  );
}
