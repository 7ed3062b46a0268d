select p.oid::text as oid, p.polrelid::text as relation, p.polname as name, p.polcmd as command, p.polpermissive as is_permissive,
  p.polroles::text[] as roles, pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using_clause,
  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check_clause
from pg_catalog.pg_policy p
order by p.oid
