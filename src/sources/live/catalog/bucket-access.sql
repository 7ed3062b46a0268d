-- Supabase only. Old projects have no column "public".
select count(*) = 2 and bool_and(pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')
    and pg_catalog.has_schema_privilege(c.relnamespace, 'usage')) as can_read
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
where c.oid = pg_catalog.to_regclass('storage.buckets') and a.attname in ('id', 'public') and not a.attisdropped
