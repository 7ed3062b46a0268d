import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { namesTenant } from '../policies/tenant-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { indexesServingPart, indexServing, type PartServing, partialIndexServing } from './index-coverage.ts';
import { isUniqueAlone } from './index-keys.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** How the rows that refer to one row are found. */
export type ForeignKeyCoverage =
  /** By an index on the columns, or on one of them whose values few rows share. */
  | { readonly by: 'index' }
  /** Among all rows with one value of a column that many rows share. */
  | ({ readonly by: 'part' } & PartServing)
  /** In the whole table; `partial` would serve, but does not hold all of its rows. */
  | { readonly by: 'scan'; readonly partial: EntityOf<'index'> | undefined };

/** @param configuredTenants `settings.tenantColumns` */
export function foreignKeyCoverage(
  graph: SchemaGraph,
  key: ForeignKey,
  configuredTenants: readonly string[],
): ForeignKeyCoverage {
  if (indexServing(graph, key.table, key.columns) !== undefined) return { by: 'index' };
  const parts = key.columns.length > 1 ? indexesServingPart(graph, key.table, key.columns) : [];
  if (parts.some(({ column }) => isSelective(graph, key, column, configuredTenants))) return { by: 'index' };
  const part = parts.find(({ column }) => !isKind(graph, column));
  if (part !== undefined) return { by: 'part', ...part };
  return { by: 'scan', partial: partialIndexServing(graph, key.table, key.columns) };
}

/**
 * The btree on all rows that has the columns of the key right behind a column which both tables have, a tenant and no user: it serves
 * a join that compares that one as well, not the look-up by the key.
 */
export function indexServingBehind(graph: SchemaGraph, key: ForeignKey): PartServing | undefined {
  for (const index of graph.ownedBy(key.table, 'index')) {
    const [first, ...behind] = index.keys.slice(0, key.columns.length + 1).map(({ column }) => column);
    if (!index.isValid || index.predicate !== null || index.method !== 'btree' || !first) continue;
    const isBehind = !key.columns.includes(first) && key.columns.every((each) => behind.includes(each));
    if (!isBehind || refersToUser(graph, graph.get('column', first))) continue;
    const counterpart = graph.column(key.referencedTable, graph.get('column', first).name);
    if (counterpart !== undefined && !isUniqueAlone(graph, counterpart)) return { index, column: first };
  }
  return undefined;
}

/** The btree on all rows that has the columns of the key at any place behind another: it does not serve the look-up by the key, and reads as if it did. */
export function indexNamingBehind(graph: SchemaGraph, key: ForeignKey): PartServing | undefined {
  for (const index of graph.ownedBy(key.table, 'index')) {
    const [first, ...behind] = index.keys.map(({ column }) => column);
    if (!index.isValid || index.predicate !== null || index.method !== 'btree' || !first) continue;
    if (!key.columns.includes(first) && key.columns.every((each) => behind.includes(each)))
      return { index, column: first };
  }
  return undefined;
}

/** Both tables may say whose a row is, and mean two users: who wrote it, who voted for it. */
function refersToUser(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.foreignKeysOf(column).some((key) => {
    const referenced = graph.get('table', key.referencedTable);
    return referenced.origin.from === 'platform' || isAccountTable(graph, referenced);
  });
}

/**
 * Do few rows share a value of this column of the key? It is unique here or where it refers to; or it refers to something in
 * its own right, and neither names the tenant nor only goes along with a column that says all.
 */
function isSelective(
  graph: SchemaGraph,
  key: ForeignKey,
  column: EntityId,
  configuredTenants: readonly string[],
): boolean {
  const own = graph.get('column', column);
  const [counterpart, others] = counterparts(graph, key, column);
  if (isUniqueAlone(graph, own) || isUniqueAlone(graph, counterpart)) return true;
  if (namesTenant(graph, own, configuredTenants) || others.some((each) => isUniqueAlone(graph, each))) return false;
  return refersAlone(graph, own) || refersAlone(graph, counterpart);
}

/** What the column refers to, and what the other columns of the key do. */
function counterparts(
  graph: SchemaGraph,
  { columns, referencedColumns }: ForeignKey,
  column: EntityId,
): readonly [EntityOf<'column'>, readonly EntityOf<'column'>[]] {
  const at = columns.indexOf(column);
  const referenced = referencedColumns.map((each) => graph.get('column', each));
  return [referenced[at] ?? graph.get('column', column), referenced.filter((_, i) => i !== at)];
}

function refersAlone(graph: SchemaGraph, { relation, id }: EntityOf<'column'>): boolean {
  return graph
    .ownedBy(relation, 'foreignKey')
    .some(({ columns: [only, another] }) => only === id && another === undefined);
}

/** One of few values, so that Postgres reads the table all the same. */
function isKind(graph: SchemaGraph, column: EntityId): boolean {
  const kind = typeClass(graph, graph.get('column', column).type);
  return kind === 'boolean' || kind === 'enum';
}
