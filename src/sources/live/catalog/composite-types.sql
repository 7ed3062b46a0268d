-- relkind c; its privileges are those of its row in pg_type.
select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relowner::text as owner, t.oid::text as type_oid,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) a) as acl
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = c.reltype
where c.relkind = 'c'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by c.oid
