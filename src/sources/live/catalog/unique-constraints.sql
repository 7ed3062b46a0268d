select k.oid::text as oid, k.conrelid::text as relation, k.conname as name, k.conkey::text[] as columns, k.conindid::text as index,
  i.indnullsnotdistinct as nulls_not_distinct, -- 15+
  false as nulls_not_distinct, -- <15
  k.condeferrable as is_deferrable, k.condeferred as is_deferred
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_index i on i.indexrelid = k.conindid
where k.contype = 'u'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by k.oid
