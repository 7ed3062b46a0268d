select d.oid::text as oid, d.defaclrole::text as role, nullif(d.defaclnamespace, 0)::text as schema, d.defaclobjtype as objects,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(d.defaclacl) a) as acl
from pg_catalog.pg_default_acl d
order by d.oid
