-- All types, Postgres' own too: columns and parameters name them by oid. `element` is set for true array types only.
select t.oid::text as oid, n.nspname as schema, t.typname as name, t.typtype as type_kind, t.typowner::text as owner,
  n.nspname in ('pg_catalog', 'information_schema') or n.nspname ~ '^pg_(toast|temp_|toast_temp_)' as is_system,
  e.oid::text as element, nullif(t.typrelid, 0)::text as relation, t.typisdefined as is_defined,
  nullif(t.typbasetype, 0)::text as base, pg_catalog.format_type(t.typbasetype, t.typtypmod) as base_text, t.typtypmod as base_modifier,
  t.typnotnull as not_null, pg_catalog.pg_get_expr(t.typdefaultbin, 0) as default_value,
  co.collname as collation, con.nspname as collation_schema,
  case t.typtype when 'e' then array(select l.enumlabel::text from pg_catalog.pg_enum l where l.enumtypid = t.oid order by l.enumsortorder) end as labels,
  r.rngsubtype::text as subtype,
  m.typname as multirange, -- 14+
  null as multirange, -- <14
  case when t.typtype in ('b', 'd', 'e', 'p', 'r') and n.nspname not in ('pg_catalog', 'information_schema') and e.oid is null then
    (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
     from pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) a) end as acl
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_type e on e.typarray = t.oid
left join pg_catalog.pg_range r on r.rngtypid = t.oid
left join pg_catalog.pg_type m on m.oid = r.rngmultitypid -- 14+
left join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_collation co on co.oid = t.typcollation and t.typtype = 'd' and t.typcollation <> b.typcollation
left join pg_catalog.pg_namespace con on con.oid = co.collnamespace
order by t.oid
