import {
  addTo,
  andList,
  brief,
  CHAIN_LENGTH,
  cascadesByParent,
  counted,
  type Distances,
  defineRule,
  type Entity,
  type EntityId,
  type EntityOf,
  estimatedRows,
  type Fix,
  farthest,
  grouped,
  isNamed,
  isNullable,
  isUniqueAlone,
  isUsersOwn,
  kindText,
  lateBeginning,
  markInPlaceOfDelete,
  type NamePatterns,
  quoteIdentifier,
  type Refusal,
  type RelatedPlace,
  refusalInTurn,
  refusedCascades,
  refusedEmptying,
  refusedKinds,
  relatedAt,
  remakeForeignKey,
  requiredOfEmptied,
  rowOf,
  type SchemaGraph,
  surelyRefused,
  tablesBelow,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;
type Way = readonly ForeignKey[];

export default defineRule({
  meta: {
    id: 'cascade-chain',
    category: 'integrity',
    severity: 'high',
    summary: 'Deleting one row deletes rows of tables that are three or more foreign keys away, by the shortest way.',
    why: 'Each ON DELETE CASCADE looks sensible by itself. In a chain one DELETE empties tables nobody thought of: in one transaction of unknown length that holds locks on all of them, fires every trigger on the way, may run into the statement timeout, and cannot be taken back.',
    remedy:
      'Mark rows of the first table as deleted and let a job delete what hangs on them in batches, from the last table up; or break the chain with RESTRICT where the rows below are worth more than the row above. Where a delete is meant to take everything along, say so in an ignore comment.',
    scope: [
      'A table that has a key of its own to the first one is not far from it.',
      'Where rows of other tables refer to what would go and hold it back, the message says which, also by ON DELETE SET NULL of what may not be NULL (set-null-on-not-null); a table whose trigger refuses every DELETE ends the chain.',
      'Medium where rows of the first table can be marked as deleted (deleted_at), so that a DELETE is the exception.',
    ],
    messages: {
      failing:
        'Deleting {{root}} fails while {{held}}. Else it deletes rows of {{tables}}, up to {{edges}} keys away: {{ways}}.',
      owned:
        'Deleting {{root}}, of which each {{child}} row has one of its own ({{column}} is unique and NOT NULL), deletes the {{child}} row, and with it rows of {{tables}} in all, up to {{edges}} keys away: {{ways}}. The {{child}} row is what the other belongs to: ON DELETE RESTRICT keeps it.',
      chain: 'Deleting {{root}} deletes rows of {{tables}}, up to {{edges}} keys away: {{ways}}.{{held}}',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      edges: 'A table is far away from so many cascading keys on, by its shortest way.',
      rows: 'With so many rows in the tables below, it is critical.',
    },
  },
  defaults: { edges: CHAIN_LENGTH, rows: 1_000_000 },
  visit: {
    graph(graph, { journal, options, report }) {
      const least = lateBeginning(graph, journal) === undefined ? '' : 'at least ';
      const below = cascadesByParent(graph);
      const chains = [...below.keys()]
        .filter((id) => !surelyRefused(graph, id).has('delete'))
        .map((id) => ({ id, distances: tablesBelow(graph, id) }))
        .filter(({ distances }) => farthest(distances) >= options.edges);
      const told = new Set(chains.flatMap(({ id, distances }) => [...distances.keys()].filter((each) => each !== id)));
      for (const { id, distances } of chains) {
        const root = graph.get('table', id);
        // What a platform's tables hang on is the platform's business.
        if (isUsersOwn(graph, root) && told.has(id)) continue;
        const ways = waysDown(id, below, distances, options.edges, graph);
        const [longest] = ways;
        if (longest === undefined) continue;
        const emptied = [...distances.keys()].filter((each) => each !== id);
        const counts = emptied.flatMap((each) => estimatedRows(graph, each) ?? []);
        const rows = counts.reduce((total, each) => total + each, 0);
        const entity = isUsersOwn(graph, root) ? root : longest[0];
        if (entity === undefined) continue;
        const isMany = rows >= options.rows;
        const tables = `${least}${counted(emptied.length, 'table')}`;
        const data = {
          root: rowOf(brief(root.name)),
          tables: isMany ? `${tables}, which hold about ${grouped(rows, ' ')} rows` : tables,
          edges: farthest(distances),
          ways: written(root, ways, graph),
        };
        const about = {
          entity,
          related: placesOf(ways, options.edges, entity),
          ...(isMany ? { severity: 'critical' as const } : {}),
          ...(!isMany && markInPlaceOfDelete(graph, id) !== undefined ? { severity: 'medium' as const } : {}),
        };
        const owner = ownerAbove(id, below, graph);
        if (owner !== undefined) {
          const of = { child: brief(graph.get('table', owner.table).name), column: graph.columnsText(owner.columns) };
          const fix = () => ownerKept(owner, graph);
          const related = placesOf(ways, options.edges, owner);
          report({ ...about, entity: owner, related, message: 'owned', data: { ...data, ...of }, fix });
          continue;
        }
        const holders = [...holdersOf(id, distances, graph), ...refusedBelow(distances, graph)];
        const held = holdersText(refusing(holders, 'always', 'others'), graph);
        if (held !== '') report({ ...about, message: 'failing', data: { ...data, held } });
        else report({ ...about, message: 'chain', data: { ...data, held: heldInTurn(holders, graph) } });
      }
    },
  },
});

/** What a row has of its own: its settings, what is in it. */
const BELONGINGS: NamePatterns = [
  ...['*_settings', '*_setting', '*_prefs', '*_pref', '*_preferences', '*_preference', '*_config', '*_configuration'],
  ...['*_options', '*_data', '*_meta', '*_metadata'],
];

/** The only key by which rows go with those of such a table, where each of these rows has one of its own: what belongs to it takes it along. */
function ownerAbove(
  id: EntityId,
  below: ReadonlyMap<EntityId, readonly ForeignKey[]>,
  graph: SchemaGraph,
): ForeignKey | undefined {
  const [key, another] = below.get(id) ?? [];
  const [column, second] = (key?.columns ?? []).map((each) => graph.get('column', each));
  if (key === undefined || another !== undefined || column === undefined || second !== undefined) return undefined;
  const isOfNothing = graph
    .ownedBy(id, 'foreignKey')
    .every(
      ({ onDelete, columns }) =>
        onDelete !== 'cascade' && columns.some((each) => isNullable(graph, graph.get('column', each))),
    );
  const isOwn = isOfNothing && isNamed(graph.get('table', id).name.name, BELONGINGS);
  return isOwn && column.notNull && isUniqueAlone(graph, column) ? key : undefined;
}

function ownerKept(key: ForeignKey, graph: SchemaGraph): Fix {
  const root = rowOf(brief(graph.get('table', key.referencedTable).name));
  const child = brief(graph.get('table', key.table).name);
  return {
    title: `Refuse to delete ${root} while its ${child} row is there (ON DELETE RESTRICT)`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { onDelete: 'restrict' }),
  };
}

/** More are not read by anyone, and in a dense schema there are very many. */
const MOST = 200;

/** The shortest ways to tables that are so many steps away at least, as far as each goes, the longest first. */
function waysDown(
  root: EntityId,
  below: ReadonlyMap<EntityId, readonly ForeignKey[]>,
  distances: Distances,
  edges: number,
  graph: SchemaGraph,
): readonly Way[] {
  const found: Way[] = [];
  const go = (at: EntityId, way: Way): void => {
    if (found.length >= MOST) return;
    const next = (below.get(at) ?? []).filter((key) => distances.get(key.table) === way.length + 1);
    for (const key of next) go(key.table, [...way, key]);
    if (next.length === 0 && way.length >= edges) found.push(way);
  };
  go(root, []);
  // Whatever the order in which the keys were made or read.
  const names = new Map(found.map((way) => [way, way.map((each) => graph.path(each)).join()]));
  const compare = (a: Way, b: Way) => ((names.get(a) ?? '') < (names.get(b) ?? '') ? -1 : 1);
  return found.sort((a, b) => b.length - a.length || compare(a, b));
}

/** A key by which rows that stay, or go later, keep those of an emptied table, and with them the first row. */
interface Holder {
  readonly key: ForeignKey;
  readonly by: 'RESTRICT' | 'NO ACTION' | 'append-only' | 'NOT NULL' | 'CHECK' | `trigger ${string}`;
  /** The columns by which its rows go themselves, where all of these may be NULL: those without stay. */
  readonly without: readonly string[];
  /** When it does so (see blockedDelete()). */
  readonly refusal: Refusal;
  /** What its rows have; empty where all of them do. */
  readonly kinds: string;
}

/** Rows that go before the check of their key hold nothing back (see blockedDelete()). */
function holdersOf(root: EntityId, distances: Distances, graph: SchemaGraph): readonly Holder[] {
  const keys = [...distances.keys()].flatMap((id) => graph.referencedBy(id));
  return keys.flatMap((key): readonly Holder[] => {
    if (!key.isEnforced || key.parent !== null || graph.isDoubtful(key, ['constraints'])) return [];
    const steps = distances.get(key.table);
    const stepsToParent = distances.get(key.referencedTable) ?? 0;
    const goesLater = steps !== undefined && steps > stepsToParent + 1;
    // What waits for the end of the transaction finds them gone.
    if (goesLater && key.onDelete === 'no action' && key.isInitiallyDeferred) return [];
    const optional = steps === undefined || goesLater ? [] : optionalWays(key.table, distances, graph);
    // The row deleted first is referred to by rows that hang on another.
    const inTurn =
      optional === undefined && steps === stepsToParent + 1 && stepsToParent > 0 && !key.isInitiallyDeferred;
    if (optional === undefined && !inTurn) return [];
    const refusal: Refusal = inTurn ? refusalInTurn(graph, root, key) : 'always';
    const about = { key, without: optional ?? [], refusal, kinds: '' };
    switch (key.onDelete) {
      case 'restrict':
        return [{ ...about, by: 'RESTRICT' }];
      case 'no action':
        return [{ ...about, by: 'NO ACTION' }];
      default: {
        const refused = surelyRefused(graph, key.table).has(key.onDelete === 'cascade' ? 'delete' : 'update');
        if (refused) return [{ ...about, by: 'append-only' }];
        if (key.onDelete === 'set null' && requiredOfEmptied(graph, key).length > 0)
          return [{ ...about, by: 'NOT NULL' }];
        if (refusedEmptying(graph, key) !== undefined) return [{ ...about, by: 'CHECK' }];
        const kinds = kindText(refusedKinds(graph, key));
        return kinds === '' ? [] : [{ ...about, by: 'CHECK', kinds }];
      }
    }
  });
}

/** Marked rows that are to go along, and that a trigger keeps (refused-cascade). */
function refusedBelow(distances: Distances, graph: SchemaGraph): readonly Holder[] {
  const refused = [...distances.keys()].flatMap((id) => refusedCascades(graph, graph.get('table', id)));
  return refused.flatMap(({ trigger, keys, condition }): readonly Holder[] => {
    const key = keys.find(({ referencedTable }) => distances.has(referencedTable));
    const by = `trigger ${quoteIdentifier(trigger.name)}` as const;
    return key === undefined ? [] : [{ key, by, without: [], refusal: 'always', kinds: condition }];
  });
}

/** The columns by which rows of an emptied table go; undefined where by one of the keys each row has to. */
function optionalWays(id: EntityId, emptied: Distances, graph: SchemaGraph): readonly string[] | undefined {
  const ways = graph
    .ownedBy(id, 'foreignKey')
    .filter((each) => each.onDelete === 'cascade' && each.isEnforced && emptied.has(each.referencedTable))
    .filter((each) => each.referencedTable !== id);
  const optional = ways.map((each) =>
    each.columns.map((column) => graph.get('column', column)).filter((column) => isNullable(graph, column)),
  );
  // The first of the emptied tables goes by no key.
  if (optional.length === 0 || optional.some((columns) => columns.length === 0)) return undefined;
  return [...new Set(optional.flatMap(([column]) => (column === undefined ? [] : quoteIdentifier(column.name))))];
}

function refusing(holders: readonly Holder[], ...refusals: readonly Refusal[]): readonly Holder[] {
  return holders.filter(({ refusal }) => refusals.includes(refusal));
}

/** ` It fails or not by the order in which its rows go, while memos rows refer to clerks (NO ACTION).`; empty where nothing holds the delete back. */
function heldInTurn(holders: readonly Holder[], graph: SchemaGraph): string {
  const byKeys = holdersText(refusing(holders, 'keys'), graph);
  if (byKeys !== '')
    return ` It fails or not by the order in which the keys were made, which a restored dump changes, while ${byKeys}.`;
  const byRows = holdersText(refusing(holders, 'rows'), graph);
  return byRows === '' ? '' : ` It fails or not by the order in which its rows go, while ${byRows}.`;
}

/** `invoices rows refer to customers (RESTRICT)`, of each of which one is enough; empty for none. */
function holdersText(holders: readonly Holder[], graph: SchemaGraph): string {
  const name = (id: EntityId): string => brief(graph.get('table', id).name);
  const all = new Set(
    holders
      .map(({ key, by, without, refusal, kinds }) => {
        const parent = name(key.referencedTable);
        const others = refusal === 'others' ? ` that go with another ${parent} row` : '';
        const rows = `${name(key.table)} rows${kinds === '' ? '' : ` with ${kinds}`}${without.length === 0 ? '' : ` without ${andList(without, 2)}`}${others}`;
        return `${rows} refer to ${parent} (${by})`;
      })
      .sort(),
  );
  const more = all.size - HOLDERS_SHOWN;
  const rest = more > 0 ? [`${counted(more, 'more key')} ${more === 1 ? 'holds' : 'hold'} it back`] : [];
  return [...[...all].slice(0, HOLDERS_SHOWN), ...rest].join(', or ');
}

const HOLDERS_SHOWN = 2;

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

/** Without the place of what the finding is about. */
function placesOf(ways: readonly Way[], edges: number, { id }: Entity): readonly RelatedPlace[] {
  const first = new Set(ways.flatMap((way) => way.slice(0, 1)));
  const deep = new Set(ways.flatMap((way) => way.slice(Math.max(1, edges - 1))));
  const others = [...first, ...deep].filter((each) => each.id !== id);
  return others.flatMap((key) => relatedAt(key, `${key.name} ${first.has(key) ? 'begins' : 'goes on with'} the chain`));
}
