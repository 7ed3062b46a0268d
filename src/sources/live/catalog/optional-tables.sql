-- The tables of which rows are read, if they are there: Supabase's buckets (old projects have no column "public") and the
-- history of its CLI. Row security would show a part of them and say nothing, so it counts as not readable.
select n.nspname || '.' || c.relname as name,
  array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
    and not pg_catalog.row_security_active(c.oid) as can_read
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where (n.nspname, c.relname) in (('storage', 'buckets'), ('supabase_migrations', 'schema_migrations'))
  and c.relkind in ('r', 'p')
