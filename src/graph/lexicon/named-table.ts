import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { singularOf } from './noun.ts';
import { wordsOf } from './words.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** The table a column is named after, and the column there that it would hold values of. */
export interface NamedTable {
  readonly table: Table;
  readonly key: Column;
  /**
   * `siblings`: columns of that name in at least two other tables refer to it and none to another; most there are, or no key
   * goes to the table of that name. `role`: the name says what the row of the table did, too; `caller`: policies find the caller's row by it; `compared`: most
   * of what compares it does so with that key; `above`: the row of its own table that it belongs to; `kin`: columns
   * named likewise (source_order_id, target_order_id) refer to it.
   */
  readonly by: 'name' | 'siblings' | 'role' | 'caller' | 'compared' | 'above' | 'kin';
  /** How many columns of that name have a foreign key. */
  readonly siblings: number;
}

interface KeysOfName {
  /** The columns they refer to, each once. */
  readonly targets: readonly EntityId[];
  readonly all: readonly EntityOf<'foreignKey'>[];
}

interface Names {
  /** The user's tables by the words of their names, the last in the singular. */
  readonly tables: ReadonlyMap<string, readonly Table[]>;
  /** The foreign keys on a single column, by its name: as many as there are. */
  readonly keys: ReadonlyMap<string, KeysOfName>;
  /** How many tables have a column of a name. */
  readonly columns: ReadonlyMap<string, number>;
}

/**
 * The table that `order_id`, `orderId` names: orders or order of its own schema, else the only one of that name; where columns
 * of the same name refer to another table, that one. Undefined for a table with a key of several columns, or nothing to go by.
 */
export function tableNamedBy(graph: SchemaGraph, column: Column): NamedTable | undefined {
  const noun = nounOf(column.name);
  if (noun === undefined) return undefined;
  const names = namesIn(graph);
  const own = graph.find(column.relation);
  const named = byName(names.tables.get(noun) ?? [], own?.kind === 'table' ? own.name.schema : '');
  const siblings = names.keys.get(column.name)?.all.length ?? 0;
  const target = commonTarget(graph, column.name);
  const isMost = siblings * 2 >= (names.columns.get(column.name) ?? 0);
  const isMeant = isMost || (named !== undefined && !isReferredTo(graph, named));
  if (isMeant && target !== undefined && target.relation !== named?.id)
    return { table: graph.get('table', target.relation), key: target, by: 'siblings', siblings };
  if (named === undefined) return undefined;
  if (isReferredElsewhere(graph, column, named) || relativeRefersElsewhere(graph, column, named)) return undefined;
  const key = onlyKeyColumn(graph, named);
  return key === undefined ? undefined : { table: named, key, by: 'name', siblings };
}

/**
 * The table whose row did something, by the name of `ignored_by_user_id`. Only with that `by`: what stands before a table's name
 * otherwise, as in stripe_customer_id, often says that the id is another system's.
 */
export function tableNamedForRole(graph: SchemaGraph, column: Column): NamedTable | undefined {
  const noun = /^.+_by_(.+)$/.exec(nounOf(column.name) ?? '')?.[1];
  const own = graph.find(column.relation);
  if (noun === undefined || own?.kind !== 'table') return undefined;
  const named = byName(namesIn(graph).tables.get(noun) ?? [], own.name.schema);
  const key = named === undefined ? undefined : onlyKeyColumn(graph, named);
  return named === undefined || key === undefined ? undefined : { table: named, key, by: 'role', siblings: 0 };
}

/**
 * The column's own table, where it holds the row above: `parent_comment_id` of comments, or `parent_id` where columns of that name have keys, all to their own
 * tables.
 */
export function tableAbove(graph: SchemaGraph, column: Column): NamedTable | undefined {
  const noun = nounOf(column.name);
  const own = graph.find(column.relation);
  if (noun === undefined || own?.kind !== 'table') return undefined;
  const key = onlyKeyColumn(graph, own);
  if (key === undefined || key.id === column.id) return undefined;
  const { all = [] } = namesIn(graph).keys.get(column.name) ?? {};
  const isOwn = all.every((each) => each.table === each.referencedTable);
  const isNamed = noun === `parent_${spelled(wordsOf(own.name.name))}` || (noun === 'parent' && all.length > 0);
  return isOwn && isNamed ? { table: own, key, by: 'above', siblings: all.length } : undefined;
}

/**
 * The table of which `merged_order_id` holds a row, as two columns or more named likewise (source_order_id, target_order_id) refer to it and none to another.
 * Of keys that are uuids alone: those of other systems are not.
 */
export function tableNamedByKin(graph: SchemaGraph, column: Column): NamedTable | undefined {
  const words = nounOf(column.name)?.split('_') ?? [];
  const own = graph.find(column.relation);
  const [first = ''] = words;
  if (words.length < 2 || OF_OTHERS.has(first) || own?.kind !== 'table') return undefined;
  if (typeClass(graph, column.type) !== 'uuid') return undefined;
  for (let from = 1; from < words.length; from++) {
    const noun = words.slice(from).join('_');
    const table = byName(namesIn(graph).tables.get(noun) ?? [], own.name.schema);
    if (table === undefined) continue;
    const key = onlyKeyColumn(graph, table);
    const kin = kinOf(graph, noun).filter((each) => each.name !== column.name);
    const isSettled = key !== undefined && kin.every(({ targets }) => targets.every((each) => each === key.id));
    return isSettled && kin.length >= KIN ? { table, key, by: 'kin', siblings: kin.length } : undefined;
  }
  return undefined;
}

/** So many columns named likewise say what the name means. */
const KIN = 2;

/** Ids that begin so are of other systems, of nobody with an account, or of what is gone. */
const OF_OTHERS: ReadonlySet<string> = new Set([
  ...['external', 'remote', 'foreign', 'auth', 'supabase', 'anonymous', 'anon', 'guest'],
  ...['legacy', 'old', 'deleted', 'removed', 'archived'],
]);

/** The columns with keys that are called `source_order_id`, `target_order_id` …, but not `order_id`, by their names. */
const kinOf = askedOnce(
  (graph: SchemaGraph, noun: string): readonly { readonly name: string; readonly targets: readonly EntityId[] }[] =>
    [...namesIn(graph).keys].flatMap(([name, { targets }]) =>
      nounOf(name)?.endsWith(`_${noun}`) === true ? [{ name, targets }] : [],
    ),
);

/** The column that is the table's primary key by itself. */
export function onlyKeyColumn(graph: SchemaGraph, table: Table): Column | undefined {
  const [key, ...more] = graph.primaryKey(table.id)?.columns ?? [];
  return key === undefined || more.length > 0 ? undefined : graph.get('column', key);
}

/**
 * Is a name settled for another table than the one that bears it: do two or more foreign keys of columns of that name all go
 * to one other table, and none of any name to it? `account_id`, where each is of workspaces and nobody refers to accounts.
 */
export function isSettledElsewhere(graph: SchemaGraph, columnName: string, named: Table): boolean {
  const target = commonTarget(graph, columnName);
  return target !== undefined && target.relation !== named.id && !isReferredTo(graph, named);
}

/** The column that all foreign keys of columns of that name refer to, of which there are at least two. */
function commonTarget(graph: SchemaGraph, columnName: string): Column | undefined {
  const { all = [], targets = [] } = namesIn(graph).keys.get(columnName) ?? {};
  const [target, ...others] = targets;
  return target === undefined || others.length > 0 || all.length < 2 ? undefined : graph.get('column', target);
}

function isReferredTo(graph: SchemaGraph, table: Table): boolean {
  return graph.referencedBy(table.id).some((key) => key.table !== table.id);
}

/** Is the table that bears the name in another schema, and do keys of columns of that name go to other tables alone? */
function isReferredElsewhere(graph: SchemaGraph, column: Column, named: Table): boolean {
  const own = graph.find(column.relation);
  const { targets = [] } = namesIn(graph).keys.get(column.name) ?? {};
  if (own?.kind !== 'table' || own.name.schema === named.name.schema || targets.length === 0) return false;
  return targets.every((id) => graph.get('column', id).relation !== named.id);
}

/**
 * Does a column of that name refer to another table in the table whose name begins most like this one's? In shop_v2_order_lines,
 * beside shop_v2_carts with a key to shop_v2, `shop_id` is hardly the id of shop.
 */
function relativeRefersElsewhere(graph: SchemaGraph, column: Column, named: Table): boolean {
  const own = graph.find(column.relation);
  const { targets = [], all = [] } = namesIn(graph).keys.get(column.name) ?? {};
  if (own?.kind !== 'table' || targets.every((id) => graph.get('column', id).relation === named.id)) return false;
  // A name that so many keys have, to various tables (parent_id), says nothing by itself.
  if (all.length > MOST_RELATIVES) return true;
  const words = wordsOf(own.name.name);
  let nearest = 1;
  let isElsewhere = false;
  for (const key of all) {
    const other = graph.get('table', key.table);
    // A schema of the same tables for tests refers to its own.
    if (other.id === own.id || other.name.schema !== own.name.schema) continue;
    const others = wordsOf(other.name.name);
    const apart = words.findIndex((word, n) => others[n] !== word);
    const shared = apart === -1 ? words.length : apart;
    if (shared < nearest) continue;
    isElsewhere = (shared === nearest && isElsewhere) || key.referencedTable !== named.id;
    nearest = shared;
  }
  return isElsewhere;
}

const MOST_RELATIVES = 500;

/** What `order_id` is the id of, in the spelling of the index; undefined for a name that says no such thing. */
export function nounOf(columnName: string): string | undefined {
  // Nearly all columns end here.
  if (!/id$/i.test(columnName)) return undefined;
  const words = wordsOf(columnName);
  return words.length > 1 && words.at(-1) === 'id' ? spelled(words.slice(0, -1)) : undefined;
}

/** The user's tables of that name, in whatever number and schema. */
export function tablesNamed(graph: SchemaGraph, noun: string): readonly Table[] {
  return namesIn(graph).tables.get(noun) ?? [];
}

function spelled(words: readonly string[]): string {
  return [...words.slice(0, -1), singularOf(words.at(-1) ?? '')].join('_');
}

function byName(tables: readonly Table[], schema: string): Table | undefined {
  const near = tables.filter((each) => each.name.schema === schema);
  const chosen = near.length > 0 ? near : tables;
  return chosen.length === 1 ? chosen[0] : undefined;
}

const namesIn = askedOnce((graph): Names => {
  const tables = new Map<string, Table[]>();
  const columns = new Map<string, number>();
  for (const table of graph.ofKind('table')) {
    if (!isUsersOwn(graph, table) || table.isAssumed || table.partitionOf !== null) continue;
    if (table.persistence === 'temporary') continue;
    const name = spelled(wordsOf(table.name.name));
    addTo(tables, name, table);
    for (const { name: own } of graph.columns(table.id)) columns.set(own, (columns.get(own) ?? 0) + 1);
  }
  const keys = new Map<string, { targets: EntityId[]; all: EntityOf<'foreignKey'>[] }>();
  for (const key of graph.ofKind('foreignKey')) {
    const [column, ...more] = key.columns;
    const [target] = key.referencedColumns;
    const child = graph.find(key.table);
    if (column === undefined || target === undefined || more.length > 0 || key.parent !== null) continue;
    if (child === undefined || !isUsersOwn(graph, child)) continue;
    const { name } = graph.get('column', column);
    const known = keys.get(name) ?? { targets: [], all: [] };
    keys.set(name, known);
    known.all.push(key);
    if (!known.targets.includes(target)) known.targets.push(target);
  }
  return { tables, keys, columns };
});

/** Is the column one half of a reference that may be to any of several tables: `owner_id` beside `owner_type`? */
export function isPolymorphic(graph: SchemaGraph, column: Column): boolean {
  const subject = wordsOf(column.name).slice(0, -1).join('_');
  const kinds = ['type', 'kind', 'table', 'class', 'model', 'source'].flatMap((each) => [`${subject}_${each}`]);
  return graph
    .columns(column.relation)
    .some(({ id, name }) => id !== column.id && kinds.includes(wordsOf(name).join('_')));
}
