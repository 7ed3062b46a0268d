-- Of everything that has columns, composite types too. attcollation counts only where it is not the type's own.
select a.attrelid::text as relation, a.attnum as number, a.attname as name, a.atttypid::text as type,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type_text, a.atttypmod as modifier, a.attnotnull as not_null,
  nn.conname as not_null_name, -- 18+
  null as not_null_name, -- <18
  pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) as default_value, a.attidentity as identity, a.attgenerated as generated,
  co.collname as collation, con.nspname as collation_schema, not a.attislocal as is_inherited,
  case when a.attacl is not null then
    (select pg_catalog.json_agg(pg_catalog.json_build_array(x.grantee::text, x.privilege_type, x.is_grantable))
     from pg_catalog.aclexplode(a.attacl) x) end as acl
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
left join pg_catalog.pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey = array[a.attnum] -- 18+
left join pg_catalog.pg_collation co on co.oid = a.attcollation and a.attcollation <> t.typcollation
left join pg_catalog.pg_namespace con on con.oid = co.collnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and a.attnum > 0 and not a.attisdropped
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by a.attrelid, a.attnum
