import type { EmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

/** A type by its catalog name, in front of it a schema that is not pg_catalog; `[]` behind it for an array. */
const TYPE = `(select case
    when t.typcategory = 'A' and e.typarray = t.oid then concat(nullif(en.nspname, 'pg_catalog') || '.', e.typname, '[]')
    else concat(nullif(n.nspname, 'pg_catalog') || '.', t.typname) end
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
    left join pg_type e on e.oid = t.typelem left join pg_namespace en on en.oid = e.typnamespace where t.oid = $)`;
const spell = (oid: string) => TYPE.replace('$', oid);

const RELATIONS = `select s.nspname as schema, c.relname as name,
    string_agg(a.attname || ' ' || ${spell('a.atttypid')}, ',' order by a.attnum) as value
  from pg_class c join pg_namespace s on s.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where s.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') group by 1, 2 order by 1, 2`;

const DOMAINS = `select s.nspname as schema, d.typname as name, ${spell('d.typbasetype')} as value
  from pg_type d join pg_namespace s on s.oid = d.typnamespace
  where s.nspname in ('pg_catalog', 'information_schema') and d.typtype = 'd' order by 1, 2`;

const OPERATOR_CLASSES = `select concat_ws(' ', m.amname, c.opcname, ${spell('c.opcintype')}, case when c.opcdefault then 'default' end) as line
  from pg_opclass c join pg_am m on m.oid = c.opcmethod
  where c.opcnamespace = 'pg_catalog'::regnamespace order by 1`;

const ROLES = `select rolname as line from pg_roles where rolname like 'pg\\_%' order by 1`;

/** What src/platform/system-catalog.json holds, from a server without anything of a user's. */
export async function readSystemCatalog(server: Pick<EmbeddedPostgres, 'query'>): Promise<Record<string, unknown>> {
  const lines = async (sql: string) => (await server.query<{ line: string }>(sql)).map((row) => row.line);
  const nested = async (sql: string) => {
    const schemas: Record<string, Record<string, string>> = {};
    for (const { schema, name, value } of await server.query<{ schema: string; name: string; value: string }>(sql)) {
      schemas[schema] ??= {};
      schemas[schema][name] = value;
    }
    return schemas;
  };
  return {
    relations: await nested(RELATIONS),
    domains: await nested(DOMAINS),
    operatorClasses: await lines(OPERATOR_CLASSES),
    roles: await lines(ROLES),
  };
}
