import { PGlite } from '@electric-sql/pglite';
import type { Node } from '@pgsql/types';
import { loadModule, parseSync } from 'libpg-query';
import type {
  BoundColumn,
  BoundFunction,
  BoundRelation,
  BoundType,
  NameSource,
} from '../../src/graph/binding/name-source.ts';
import type { EntityId } from '../../src/graph/entity-id.ts';
import type { TypeRef } from '../../src/graph/types/type-ref.ts';

/** An embedded Postgres whose catalog answers names, as the oracle of the binder's tests. Entity ids are numbered from the catalog. */
export interface Embedded {
  readonly database: PGlite;
  /** Reads the catalog again after DDL. */
  names(): Promise<CatalogNames>;
}

export interface CatalogNames extends NameSource {
  nameOf(id: EntityId): string;
}

export async function openEmbedded(setup: string): Promise<Embedded> {
  await loadModule();
  const database = await PGlite.create();
  await database.exec(setup);
  const names = async () => {
    await database.exec(`set search_path = ''`);
    const read = await readCatalog(database);
    await database.exec('reset search_path');
    return read;
  };
  return { database, names };
}

export function parseExpression(text: string): Node {
  const query = parseQuery(`SELECT ${text}`);
  const [target] = 'SelectStmt' in query ? (query.SelectStmt.targetList ?? []) : [];
  if (!target || !('ResTarget' in target) || !target.ResTarget.val) throw new Error(`no expression: ${text}`);
  return target.ResTarget.val;
}

export function parseQuery(text: string): Node {
  const [statement] = (parseSync(text) as { stmts?: { stmt?: Node }[] }).stmts ?? [];
  if (!statement?.stmt) throw new Error(`no statement: ${text}`);
  return statement.stmt;
}

const SCHEMAS = `n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema') and n.nspname not like 'pg\\_%'`;

const TYPE = (oid: string, typmod: string) => `(select json_build_object(
    'schema', tn.nspname, 'name', coalesce(el.typname, ty.typname), 'array', el.oid is not null, 'text', format_type(ty.oid, ${typmod}),
    'relation', exists (select from pg_class rc where rc.oid = coalesce(el.typrelid, ty.typrelid) and rc.relkind <> 'c'))
  from pg_type ty left join pg_type el on el.typarray = ty.oid join pg_namespace tn on tn.oid = ty.typnamespace where ty.oid = ${oid})`;

interface TypeRow {
  readonly schema: string;
  readonly name: string;
  readonly array: boolean;
  readonly text: string;
  /** It is a table's row type. */
  readonly relation: boolean;
}

async function readCatalog(database: PGlite): Promise<CatalogNames> {
  const rows = async <T>(sql: string) => (await database.query<T>(sql)).rows;
  const ids = new Map<string, EntityId>();
  const labels = new Map<EntityId, string>();
  const mint = (key: string, label: string): EntityId => {
    const id = ids.get(key) ?? (ids.size as EntityId);
    ids.set(key, id);
    labels.set(id, label);
    return id;
  };
  const typeRef = (row: TypeRow): TypeRef => {
    const modifiers = /\((.*)\)/.exec(row.text)?.[1]?.split(',') ?? [];
    const base = { name: { schema: row.schema, name: row.name }, isArray: row.array, modifiers };
    if (row.schema === 'pg_catalog') return base;
    const label = `${row.schema}.${row.name}`;
    return { ...base, entity: mint(`${row.relation ? 'relation' : 'type'} ${label}`, label) };
  };

  const relations = new Map<string, BoundRelation>();
  for (const row of await rows<{ schema: string; name: string; columns: { name: string; type: TypeRow }[] | null }>(`
    select n.nspname as schema, c.relname as name, (
      select json_agg(json_build_object('name', a.attname, 'type', ${TYPE('a.atttypid', 'a.atttypmod')}) order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${SCHEMAS}`)) {
    const label = `${row.schema}.${row.name}`;
    const columns = (row.columns ?? []).map(
      (column): BoundColumn => ({
        id: mint(`column ${label} ${column.name}`, `${label}.${column.name}`),
        name: column.name,
        type: typeRef(column.type),
      }),
    );
    relations.set(label, { id: mint(`relation ${label}`, label), name: row, columns, columnsKnown: true });
  }

  const functions = new Map<string, BoundFunction[]>();
  for (const row of await rows<{
    oid: number;
    schema: string;
    name: string;
    kind: string;
    volatility: string;
    defaults: number;
    variadic: boolean;
    set: boolean;
    result: TypeRow;
    inputs: { name: string; type: TypeRow }[] | null;
    outputs: { name: string; type: TypeRow }[] | null;
  }>(`
    select p.oid, n.nspname as schema, p.proname as name, p.prokind::text as kind, p.provolatile::text as volatility,
      p.pronargdefaults as defaults, p.provariadic <> 0 as variadic, p.proretset as set, ${TYPE('p.prorettype', '-1')} as result,
      (select json_agg(json_build_object('name', nullif(p.proargnames[i.at], ''), 'type', ${TYPE('i.type', '-1')}) order by i.at)
        from unnest(p.proargtypes::oid[]) with ordinality i(type, at)) as inputs,
      (select json_agg(json_build_object('name', p.proargnames[o.at], 'type', ${TYPE('o.type', '-1')}) order by o.at)
        from unnest(p.proallargtypes) with ordinality o(type, at) where p.proargmodes[o.at] in ('o', 't', 'b')) as outputs
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${SCHEMAS}`)) {
    const label = `${row.schema}.${row.name}`;
    const inputs = row.inputs ?? [];
    const list = functions.get(label) ?? [];
    list.push({
      id: mint(`function ${row.oid}`, `${label}(${inputs.map((each) => each.type.text).join(', ')})`),
      name: { schema: row.schema, name: row.name },
      kind: row.kind === 'a' ? 'aggregate' : row.kind === 'p' ? 'procedure' : 'function',
      arguments: inputs.map((each, at) => ({
        name: each.name,
        type: typeRef(each.type),
        variadic: row.variadic && at === inputs.length - 1,
      })),
      defaults: row.defaults,
      returns: typeRef(row.result),
      returnsSet: row.set,
      columns: row.outputs?.map((each) => ({ name: each.name, type: typeRef(each.type) })),
      volatility: row.volatility === 'i' ? 'immutable' : row.volatility === 's' ? 'stable' : 'volatile',
    });
    functions.set(label, list);
  }

  const types = new Map<string, BoundType>();
  const KINDS = { b: 'base', e: 'enum', d: 'domain', c: 'composite', r: 'range' } as const;
  for (const row of await rows<{
    schema: string;
    name: string;
    kind: keyof typeof KINDS;
    base: TypeRow | null;
    columns: { name: string; type: TypeRow }[] | null;
  }>(`
    select n.nspname as schema, t.typname as name, t.typtype::text as kind,
      coalesce(${TYPE('nullif(t.typbasetype, 0)', 't.typtypmod')}, (select ${TYPE('r.rngsubtype', '-1')} from pg_range r where r.rngtypid = t.oid)) as base,
      (select json_agg(json_build_object('name', a.attname, 'type', ${TYPE('a.atttypid', 'a.atttypmod')}) order by a.attnum)
        from pg_attribute a where a.attrelid = nullif(t.typrelid, 0) and a.attnum > 0) as columns
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('b', 'e', 'd', 'c', 'r') and t.typelem = 0 and ${SCHEMAS}
      and not exists (select from pg_class tc where tc.oid = t.typrelid and tc.relkind <> 'c')`)) {
    const label = `${row.schema}.${row.name}`;
    types.set(label, {
      id: mint(`type ${label}`, label),
      name: { schema: row.schema, name: row.name },
      kind: KINDS[row.kind],
      base: row.base ? typeRef(row.base) : undefined,
      columns: row.columns?.map((column) => ({
        id: mint(`column ${label} ${column.name}`, `${label}.${column.name}`),
        name: column.name,
        type: typeRef(column.type),
      })),
    });
  }

  return {
    relation: (schema = 'public', name) => relations.get(`${schema}.${name}`),
    functions: (schema = 'public', name) => functions.get(`${schema}.${name}`) ?? [],
    type: (schema = 'public', name) => types.get(`${schema}.${name}`),
    nameOf: (id) => labels.get(id) ?? `#${id}`,
  };
}
