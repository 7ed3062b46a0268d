select i.indexrelid::text as oid, coalesce(s.idx_scan, 0)::float8 as scans,
  pg_catalog.to_char(s.last_idx_scan at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_scan, -- 16+
  null as last_scan, -- <16
  c.relpages::float8 * pg_catalog.current_setting('block_size')::float8 as bytes
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_all_indexes s on s.indexrelid = i.indexrelid
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
