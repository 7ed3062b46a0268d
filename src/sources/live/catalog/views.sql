select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relowner::text as owner, c.reloptions as options,
  pg_catalog.pg_get_viewdef(c.oid) as query,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) a) as acl
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by c.oid
