-- Who keeps readers of a catalog waiting: only ACCESS EXCLUSIVE does.
select distinct l.pid, n.nspname as schema, c.relname as name
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where l.granted and l.mode = 'AccessExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid()
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
order by l.pid, n.nspname, c.relname
limit 3
