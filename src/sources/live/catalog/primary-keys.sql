-- A period key (WITHOUT OVERLAPS, PG 18) is one as well.
select k.oid::text as oid, k.conrelid::text as relation, k.conname as name, k.conkey::text[] as columns, k.conindid::text as index,
  k.condeferrable as is_deferrable, k.condeferred as is_deferred
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'p'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by k.oid
