import { display } from '../../sql/name.ts';
import { type Distances, tablesBelow } from '../deletes/cascades.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnsWithRole } from '../lexicon/column-roles.ts';
import { isSameNoun } from '../lexicon/noun.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isAccountTable, isMembershipTable } from '../lexicon/table-roles.ts';
import { wordsOf } from '../lexicon/words.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** The keys by which each row goes with a row of something other than what this key refers to. */
export function owningKeys(graph: SchemaGraph, key: ForeignKey): readonly ForeignKey[] {
  return graph.ownedBy(key.table, 'foreignKey').filter((each) => {
    if (each.onDelete !== 'cascade' || each.parent !== null || each.referencedTable === key.referencedTable)
      return false;
    return each.columns.every((column) => !key.columns.includes(column) && graph.get('column', column).notNull);
  });
}

/** The key of those by which rows go with a row of what the key refers to as well, over any number of tables. */
export function ownerWithin(graph: SchemaGraph, key: ForeignKey): ForeignKey | undefined {
  const below = tablesBelow(graph, key.referencedTable);
  return owningKeys(graph, key).find(({ referencedTable }) => below.has(referencedTable));
}

/** The key to what each row belongs to, where that is something else than what this key names: the order, of the product in it. */
export function ownerElsewhere(graph: SchemaGraph, key: ForeignKey): ForeignKey | undefined {
  if (!key.columns.every((id) => graph.get('column', id).notNull)) return undefined;
  if (isPartOf(graph, key) || ownerWithin(graph, key) !== undefined) return undefined;
  const owners = owningKeys(graph, key);
  return owners.some((each) => isLink(graph, key, each)) ? undefined : owners[0];
}

/** Do the rows only say that two others belong together, and not what was bought and how much of it? */
export function isLink(graph: SchemaGraph, key: ForeignKey, owner: ForeignKey): boolean {
  const linked = new Set([...key.columns, ...owner.columns]);
  const isUnique = graph.ownedBy(key.table, 'index').some((index) => {
    const columns = index.keys.map(({ column }) => column);
    const isOfBoth = columns.length === linked.size && columns.every((each) => each !== null && linked.has(each));
    return index.isUnique && index.predicate === null && isOfBoth;
  });
  return isUnique && (['money', 'quantity'] as const).every((role) => !columnsWithRole(graph, key.table, role).length);
}

/**
 * The other side of rows that are named after two others: `parts`, in supplier_parts, of suppliers. Only where the row cannot be without it and does not go
 * with it, and says more than that the two belong together.
 */
export function otherSideNamed(graph: SchemaGraph, key: ForeignKey): ForeignKey | undefined {
  const wordsOfTable = (id: ForeignKey['table']) => wordsOf(graph.get('table', id).name.name);
  const rest = wordsOfTable(key.table).slice(wordsOfTable(key.referencedTable).length);
  return graph.ownedBy(key.table, 'foreignKey').find((each) => {
    if (each.parent !== null || !STAYING.has(each.onDelete) || each.referencedTable === key.referencedTable)
      return false;
    if (!each.columns.every((id) => graph.get('column', id).notNull) || isLink(graph, key, each)) return false;
    const side = wordsOfTable(each.referencedTable);
    return side.length === rest.length && side.every((word, at) => isSameNoun(word, rest[at] ?? ''));
  });
}

/**
 * The key to the other one of two after which the rows are named, which they go with: `routes`, in route_orders, of orders. Only where that may be NULL as
 * well: in rows that are never without it, being without the other one says something.
 */
export function otherLinked(graph: SchemaGraph, key: ForeignKey): ForeignKey | undefined {
  const wordsOfTable = (id: EntityId) => wordsOf(graph.get('table', id).name.name);
  const own = wordsOfTable(key.table);
  const isNamedAfter = (first: EntityId, second: EntityId): boolean => {
    const words = [...wordsOfTable(first), ...wordsOfTable(second)];
    return words.length === own.length && words.every((word, at) => isSameNoun(word, own[at] ?? ''));
  };
  return graph.ownedBy(key.table, 'foreignKey').find((each) => {
    const other = each.referencedTable;
    if (each.onDelete !== 'cascade' || each.parent !== null || !each.isEnforced || other === key.referencedTable)
      return false;
    if (each.columns.some((id) => graph.get('column', id).notNull)) return false;
    return isNamedAfter(other, key.referencedTable) || isNamedAfter(key.referencedTable, other);
  });
}

const STAYING: ReadonlySet<ForeignKey['onDelete']> = new Set(['no action', 'restrict']);

/**
 * Are the rows parts of the one that the key refers to: by their name (order_items of orders), or because it is in their key, and
 * nothing else that they belong to?
 */
export function isPartOf(graph: SchemaGraph, key: ForeignKey): boolean {
  const primary = graph.primaryKey(key.table)?.columns ?? [];
  const isInKey = ({ columns }: ForeignKey) => columns.every((each) => primary.includes(each));
  if (isInKey(key) && !owningKeys(graph, key).some(isInKey)) return true;
  const [part, whole] = [key.table, key.referencedTable].map((each) => wordsOf(graph.get('table', each).name.name));
  if (part === undefined || whole === undefined || part.length <= whole.length) return false;
  return whole.every((word, at) => isSameNoun(word, part[at] ?? ''));
}

/** Who made what others take part in, as far as the name of a column says that: not whose message or review it is, which goes with its reactions. */
const FOUNDERS: NamePatterns = [
  ...['*_creator', '*_creator_id', '*_founder_id', '*_organizer_id', '*_organiser_id', '*_host_id'],
  ...['*_organizer', '*_organiser', '*_founder', '*_host'],
];
const STAMPS: NamePatterns = ['*_by', '*_by_id', '*_by_user', '*_by_user_id'];

/**
 * The tables of which rows go with a row that the key would take along, and say by a key of their own that they are another person's: by a column of
 * another name, or because there is one for each of several people. Only of a key to who made the row (an election with its votes).
 */
export function othersBelow(graph: SchemaGraph, key: ForeignKey): readonly EntityOf<'table'>[] {
  const table = graph.get('table', key.table);
  const names = graph.columnNames(key.columns);
  if (!names.every((each) => isNamed(each, STAMPS) || isNamed(each, FOUNDERS))) return [];
  if (isAccountTable(graph, table)) return [];
  const own = new Set(names);
  const below = tablesBelow(graph, table.id);
  return tablesInOrder(graph, below).filter((each) =>
    graph.ownedBy(each.id, 'foreignKey').some(({ referencedTable, columns, onDelete, parent, isEnforced }) => {
      const [id, another] = columns;
      if (id === undefined || another !== undefined || parent !== null || !isEnforced) return false;
      const { name, notNull } = graph.get('column', id);
      const isOfPerson = !below.has(referencedTable) && isAccountTable(graph, graph.get('table', referencedTable));
      const isTheirs = isOfPerson && (notNull || onDelete === 'cascade') && !isNamed(name, STAMPS);
      return isTheirs && (!own.has(name) || isMembershipTable(graph, each));
    }),
  );
}

/** The tables of which rows go with a row of this one, those nearest first. */
export function tablesTakenAlong(graph: SchemaGraph, table: EntityId): readonly EntityOf<'table'>[] {
  return tablesInOrder(graph, tablesBelow(graph, table));
}

function tablesInOrder(graph: SchemaGraph, distances: Distances): readonly EntityOf<'table'>[] {
  return [...distances]
    .filter(([, distance]) => distance > 0)
    .map(([id, distance]) => ({ distance, table: graph.get('table', id) }))
    .sort((a, b) => a.distance - b.distance || (display(a.table.name) < display(b.table.name) ? -1 : 1))
    .map(({ table }) => table);
}
