-- What PostgREST serves is a setting of the role it connects as; one for the database wins over one for all.
select pg_catalog.substr(e.setting, pg_catalog.length('pgrst.db_schemas=') + 1) as schemas
from pg_catalog.pg_db_role_setting s
join pg_catalog.pg_roles r on r.oid = s.setrole
cross join pg_catalog.unnest(s.setconfig) e (setting)
where r.rolname = 'authenticator' and pg_catalog.starts_with(e.setting, 'pgrst.db_schemas=')
  and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
order by s.setdatabase desc
limit 1
