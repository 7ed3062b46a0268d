import type { EmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

/** One entry of src/platform/extensions.json; the form is described there at ExtensionFacts. */
export interface ReadExtension {
  readonly schema?: string;
  readonly relocatable?: boolean;
  readonly requires?: readonly string[];
  readonly [part: string]: unknown;
}

/** Where the extensions that force no schema are put while they are read; spelt as nothing in the data. */
const HOME = 'home';

/** A type as the data spells it: `int4`, `.vector` for the extension's own, `net.http_response` in another schema, `[]` for an array. */
const spell = (oid: string) => `(select case
    when st.typcategory = 'A' and se.typarray = st.oid then concat(nullif(sen.nspname, 'pg_catalog') || '.', se.typname, '[]')
    else concat(nullif(sn.nspname, 'pg_catalog') || '.', st.typname) end
  from pg_type st join pg_namespace sn on sn.oid = st.typnamespace
    left join pg_type se on se.oid = st.typelem left join pg_namespace sen on sen.oid = se.typnamespace where st.oid = ${oid})`;

/** Members of the extension in one catalog (pg_depend, deptype e). */
const members = (catalog: string) => `select objid from pg_depend d join pg_extension x on x.oid = d.refobjid
  where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and d.classid = '${catalog}'::regclass and x.extname = $1`;

const SCHEMAS = `select nspname as name from pg_namespace where oid in (${members('pg_namespace')}) order by 1`;

const TYPES = `select n.nspname as schema, t.typname as name, t.typtype as kind,
    case t.typtype
      when 'd' then ${spell('t.typbasetype')}
      when 'e' then (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid)
      when 'r' then (select ${spell('r.rngsubtype')} from pg_range r where r.rngtypid = t.oid)
      when 'c' then (select string_agg(a.attname || ':' || ${spell('a.atttypid')}, ',' order by a.attnum)
        from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) end as detail
  from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
  where t.oid in (${members('pg_type')}) and (t.typrelid = 0 or c.relkind = 'c')
    and not exists (select from pg_type e where e.typarray = t.oid) order by 1, 2`;

/** Without what SQL cannot call: arguments or results of type internal, type input and output. */
const FUNCTIONS = `select n.nspname as schema, p.proname as name, string_agg(
    coalesce((select string_agg(
        coalesce(nullif(p.proargnames[i.at], '') || ':', '') || case when i.at = p.pronargs and p.provariadic <> 0 then '*' else '' end || ${spell('i.type')},
        ',' order by i.at) from unnest(p.proargtypes::oid[]) with ordinality i(type, at)), '')
    || case when p.pronargdefaults > 0 then '~' || p.pronargdefaults::text else '' end
    || '>' || case when p.proretset then '%' else '' end || ${spell('p.prorettype')}
    || case when p.prokind = 'f' then '' else '/' || p.prokind::text end
    || case when p.provolatile = 'i' then '' else '!' || p.provolatile::text end
    || coalesce((select '{' || string_agg(p.proargnames[o.at] || ':' || ${spell('o.type')}, ',' order by o.at) || '}'
        from unnest(p.proallargtypes) with ordinality o(type, at) where p.proargmodes[o.at] in ('o', 't', 'b')), ''),
    ';' order by p.oid) as signatures
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.oid in (${members('pg_proc')})
    and not (p.prorettype in ('internal'::regtype, 'cstring'::regtype, 'index_am_handler'::regtype, 'tsm_handler'::regtype)
      or 'internal'::regtype = any (p.proargtypes) or 'cstring'::regtype = any (p.proargtypes))
  group by 1, 2 order by 1, 2`;

const RELATIONS = `select n.nspname as schema, c.relname as name, c.relkind as kind, c.relrowsecurity as rls,
    coalesce((select json_agg(concat(a.attname, ' ', ${spell('a.atttypid')}, case when a.attnotnull then ' !' end) order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind <> 'S'), '[]') as columns,
    (select json_agg(a.attname order by k.at) from pg_constraint p, unnest(p.conkey) with ordinality k(attnum, at)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where p.conrelid = c.oid and p.contype = 'p') as "primaryKey"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid in (${members('pg_class')}) and c.relkind in ('r', 'v', 'm', 'S', 'f', 'p') order by 1, 2`;

const OPERATORS = `select concat_ws(' ', o.oprname, case when o.oprleft = 0 then '-' else ${spell('o.oprleft')} end,
    ${spell('o.oprright')}, ${spell('o.oprresult')}) as line
  from pg_operator o where o.oid in (${members('pg_operator')}) order by o.oprname, 1`;

const OPERATOR_CLASSES = `select concat_ws(' ', m.amname, c.opcname, ${spell('c.opcintype')}, case when c.opcdefault then 'default' end) as line
  from pg_opclass c join pg_am m on m.oid = c.opcmethod where c.oid in (${members('pg_opclass')}) order by 1`;

const CASTS = `select concat_ws(' ', ${spell('c.castsource')}, ${spell('c.casttarget')}, c.castcontext) as line
  from pg_cast c where c.oid in (${members('pg_cast')}) order by 1`;

const ACCESS_METHODS = `select amname as line from pg_am where oid in (${members('pg_am')}) order by 1`;
const LANGUAGES = `select lanname as line from pg_language where oid in (${members('pg_language')}) order by 1`;
const WRAPPERS = `select fdwname as line from pg_foreign_data_wrapper where oid in (${members('pg_foreign_data_wrapper')}) order by 1`;
const DICTIONARIES = `select dictname as line from pg_ts_dict where oid in (${members('pg_ts_dict')}) order by 1`;
const EVENT_TRIGGERS = `select evtname as line from pg_event_trigger where oid in (${members('pg_event_trigger')}) order by 1`;

/** Installs the extension and reads what came with it. */
export async function readExtension(
  server: Pick<EmbeddedPostgres, 'exec' | 'query'>,
  name: string,
): Promise<ReadExtension> {
  const [control] = await server.query<{ schema: string | null; requires: string[] | null; relocatable: boolean }>(
    `select v.schema, v.requires, v.relocatable from pg_available_extension_versions v
     join pg_available_extensions a on a.name = v.name and a.default_version = v.version where v.name = $1`,
    [name],
  );
  if (control === undefined) throw new Error(`the embedded server has no extension ${name}`);
  await server.exec(`create schema if not exists ${HOME}; create schema if not exists "${control.schema ?? HOME}"`);
  await server.exec(
    `create extension if not exists "${name}" ${control.schema === null ? `schema ${HOME}` : ''} cascade`,
  );
  const home = control.schema ?? HOME;
  const own = (text: string) => text.replaceAll(new RegExp(`(?<![\\w.])${home}\\.`, 'g'), '.');
  const lines = async (sql: string) => (await server.query<{ line: string }>(sql, [name])).map(({ line }) => own(line));
  const bySchema = <Row extends { schema: string; name: string }, T>(rows: readonly Row[], value: (row: Row) => T) => {
    const schemas: Record<string, Record<string, T>> = {};
    for (const row of rows) {
      const schema = row.schema === home ? '' : row.schema;
      schemas[schema] ??= {};
      schemas[schema][row.name] = value(row);
    }
    return schemas;
  };
  const types = await server.query<{ schema: string; name: string; kind: string; detail: string | null }>(TYPES, [
    name,
  ]);
  const functions = await server.query<{ schema: string; name: string; signatures: string }>(FUNCTIONS, [name]);
  const relations = await server.query<{
    schema: string;
    name: string;
    kind: string;
    rls: boolean;
    columns: string[];
    primaryKey: string[] | null;
  }>(RELATIONS, [name]);
  return withoutEmpty({
    schema: control.schema ?? undefined,
    relocatable: control.relocatable,
    requires: control.requires ?? [],
    schemas: (await server.query<{ name: string }>(SCHEMAS, [name])).map((row) => row.name),
    types: bySchema(types, ({ kind, detail }) => (detail === null ? kind : `${kind} ${own(detail)}`)),
    functions: bySchema(functions, ({ signatures }) => own(signatures)),
    relations: bySchema(relations, ({ kind, rls, columns, primaryKey }) =>
      withoutEmpty({ kind, rls, columns: columns.map(own), primaryKey: primaryKey ?? [] }),
    ),
    operators: await lines(OPERATORS),
    operatorClasses: await lines(OPERATOR_CLASSES),
    casts: await lines(CASTS),
    accessMethods: await lines(ACCESS_METHODS),
    languages: await lines(LANGUAGES),
    foreignDataWrappers: await lines(WRAPPERS),
    dictionaries: await lines(DICTIONARIES),
    eventTriggers: await lines(EVENT_TRIGGERS),
  });
}

/** Facts that say nothing are left out: false, undefined and empty lists. */
function withoutEmpty(facts: Record<string, unknown>): ReadExtension {
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([, value]) =>
        value !== undefined &&
        value !== false &&
        !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}
