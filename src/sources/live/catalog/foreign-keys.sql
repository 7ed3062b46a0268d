-- A key to a partitioned table has a further row for each partition there, on the same referencing table (conparentid
-- with the same conrelid): the server's means, not a key of its own. Rows of partitions of the referencing table are kept.
select k.oid::text as oid, k.conrelid::text as relation, k.conname as name, k.conkey::text[] as columns,
  k.confrelid::text as referenced, k.confkey::text[] as referenced_columns, k.conindid::text as index,
  k.confdeltype as on_delete, k.confupdtype as on_update, k.confmatchtype as match,
  k.confdelsetcols::text[] as set_columns, -- 15+
  null::text[] as set_columns, -- <15
  k.convalidated as is_validated,
  k.conenforced as is_enforced, -- 18+
  true as is_enforced, -- <18
  k.condeferrable as is_deferrable, k.condeferred as is_deferred, p.oid::text as parent
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_constraint p on p.oid = k.conparentid
where k.contype = 'f' and (p.oid is null or p.conrelid <> k.conrelid)
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by k.oid
