import type { EntityOf } from '../../graph/entities/index.ts';
import type { IndexKey } from '../../graph/entities/index-entity.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { display, quoteIdentifier, quoteLiteral } from '../../sql/name.ts';
import { columnDefinition } from './column-sql.ts';
import { NotWritable, written } from './expression-sql.ts';
import type { Sided } from './side.ts';

/** The table with its columns; its parts come after it. @throws NotWritable */
export function createTable(table: EntityOf<'table'>, graph: SchemaGraph, present: SchemaGraph): readonly string[] {
  if (table.inherits.length > 0 || table.partitionOf !== null || table.ofType !== null || table.partitionKey !== null)
    throw new NotWritable();
  const columns = graph.columns(table.id).map((each) => `  ${columnDefinition(each, graph, present)}`);
  const unlogged = table.persistence === 'unlogged' ? 'unlogged ' : '';
  const name = graph.path(table);
  return [
    `create ${unlogged}table ${name} (\n${columns.join(',\n')}\n)${withOptions(table.options)};`,
    ...(table.rowSecurity ? [`alter table ${name} enable row level security;`] : []),
    ...(table.forceRowSecurity ? [`alter table ${name} force row level security;`] : []),
  ];
}

/** @throws NotWritable */
export function changeTable(
  facts: readonly string[],
  wanted: Sided<EntityOf<'table'>>,
  present: Sided<EntityOf<'table'>>,
): readonly string[] {
  const partition = facts.some((fact) => PARTITION.includes(fact)) ? changePartition(wanted, present) : [];
  const others = facts.filter((fact) => !PARTITION.includes(fact));
  return [...partition, ...others.flatMap((fact) => changeFact(fact, wanted.entity, wanted.graph))];
}

const PARTITION: readonly string[] = ['partitionOf', 'partitionBound'];

/** Its rows stay in it, a part of the whole or not. */
function changePartition(wanted: Sided<EntityOf<'table'>>, present: Sided<EntityOf<'table'>>): readonly string[] {
  const parent = ({ entity, graph }: Sided<EntityOf<'table'>>): string | undefined =>
    entity.partitionOf === null ? undefined : graph.path(graph.get('table', entity.partitionOf));
  const name = wanted.graph.path(wanted.entity);
  const [from, to] = [parent(present), parent(wanted)];
  return [
    ...(from === undefined ? [] : [`alter table ${from} detach partition ${name};`]),
    ...(to === undefined ? [] : [`alter table ${to} attach partition ${name} ${wanted.entity.partitionBound};`]),
  ];
}

function changeFact(fact: string, wanted: EntityOf<'table'>, graph: SchemaGraph): readonly string[] {
  const alter = `alter table ${graph.path(wanted)}`;
  switch (fact) {
    case 'rowSecurity':
      return [`${alter} ${wanted.rowSecurity ? 'enable' : 'disable'} row level security;`];
    case 'forceRowSecurity':
      return [`${alter} ${wanted.forceRowSecurity ? 'force' : 'no force'} row level security;`];
    case 'replicaIdentity': {
      const { replicaIdentity } = wanted;
      const index = typeof replicaIdentity === 'string' ? undefined : graph.find(replicaIdentity.index);
      if (index?.kind === 'index')
        return [`${alter} replica identity using index ${quoteIdentifier(index.name.name)};`];
      return [`${alter} replica identity ${typeof replicaIdentity === 'string' ? replicaIdentity : 'nothing'};`];
    }
    default:
      throw new NotWritable();
  }
}

/** @throws NotWritable */
export function createIndex(index: EntityOf<'index'>, graph: SchemaGraph): readonly string[] {
  const relation = graph.find(index.relation);
  // What a constraint brings comes with it; what a partitioned index brings, too.
  if (relation === undefined || index.constraint !== null || index.parent !== null || !index.isValid)
    throw new NotWritable();
  const keys = index.keys.map((key) => indexKey(key, graph)).join(', ');
  const include = index.include.length === 0 ? '' : ` include (${graph.columnsText(index.include)})`;
  const nulls = index.nullsNotDistinct ? ' nulls not distinct' : '';
  const where = index.predicate ? ` where ${written(index.predicate, graph)}` : '';
  return [
    `create ${index.isUnique ? 'unique ' : ''}index ${quoteIdentifier(index.name.name)} on ${graph.path(relation)} using ${quoteIdentifier(index.method)} (${keys})${include}${nulls}${withOptions(index.options)}${where};`,
  ];
}

function indexKey(key: IndexKey, graph: SchemaGraph): string {
  const value =
    key.column === null
      ? `(${key.expression ? written(key.expression, graph) : ''})`
      : quoteIdentifier(graph.get('column', key.column).name);
  const options = key.opclassOptions.map(({ name, value }) => `${name} = ${quoteLiteral(value)}`).join(', ');
  const nulls = key.nullsFirst === key.descending ? '' : key.nullsFirst ? ' nulls first' : ' nulls last';
  return [
    value,
    key.collation ? ` collate ${display(key.collation)}` : '',
    key.opclass ? ` ${display(key.opclass)}` : '',
    options === '' ? '' : ` (${options})`,
    key.descending ? ' desc' : '',
    nulls,
  ].join('');
}

/** @throws NotWritable */
export function createView(view: EntityOf<'view' | 'materializedView'>, graph: SchemaGraph): readonly string[] {
  const columns = graph.columnsText(graph.columns(view.id).map(({ id }) => id));
  const query = written(view.query, graph).replace(/;$/, '');
  if (view.kind === 'materializedView') {
    const data = view.isPopulated ? '' : '\nwith no data';
    return [
      `create materialized view ${graph.path(view)} (${columns})${withOptions(view.options)} as\n${query}${data};`,
    ];
  }
  const options = [
    ...(view.securityInvoker ? [{ name: 'security_invoker', value: 'true' }] : []),
    ...(view.securityBarrier ? [{ name: 'security_barrier', value: 'true' }] : []),
    ...(view.checkOption ? [{ name: 'check_option', value: view.checkOption }] : []),
  ];
  return [`create or replace view ${graph.path(view)} (${columns})${withOptions(options)} as\n${query};`];
}

function withOptions(options: readonly { readonly name: string; readonly value: string }[]): string {
  if (options.length === 0) return '';
  return ` with (${options.map(({ name, value }) => `${name} = ${quoteLiteral(value)}`).join(', ')})`;
}
