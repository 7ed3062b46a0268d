-- pg_catalog and information_schema too, for extensions may be in them; their contents are known without asking.
select n.oid::text as oid, n.nspname as name, n.nspowner::text as owner,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a) as acl
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by n.oid
