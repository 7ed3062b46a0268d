-- pg_roles, not pg_authid: everyone may read it, and it holds no password.
select r.oid::text as oid, r.rolname as name, r.rolsuper as is_superuser, r.rolinherit as inherits,
  r.rolcanlogin as can_login, r.rolcreaterole as creates_roles, r.rolcreatedb as creates_databases,
  r.rolreplication as replication, r.rolbypassrls as bypasses_row_security, r.rolconfig as config,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(m.roleid::text, m.admin_option, m.inherit_option, m.set_option) order by m.oid) -- 16+
  (select pg_catalog.json_agg(pg_catalog.json_build_array(m.roleid::text, m.admin_option, r.rolinherit, true) order by m.roleid) -- <16
   from pg_catalog.pg_auth_members m where m.member = r.oid) as memberships
from pg_catalog.pg_roles r
order by r.oid
