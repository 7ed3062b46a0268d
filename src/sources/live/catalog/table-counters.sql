-- What the server counts and estimates about tables. Sizes are those of the last VACUUM or ANALYZE: measuring them now would
-- wait for locks. pg_stats shows the columns the role may read, and no others.
select c.oid::text as oid, c.relkind in ('p') as is_partitioned,
  c.reltuples::float8 as tuples,
  c.relpages::float8 * pg_catalog.current_setting('block_size')::float8 as bytes,
  coalesce(t.relpages, 0)::float8 * pg_catalog.current_setting('block_size')::float8 as toast_bytes,
  w.bytes::float8 as average_row_bytes,
  s.n_live_tup::float8 as live_rows, s.n_dead_tup::float8 as dead_rows, s.n_mod_since_analyze::float8 as changed_since_analyze,
  s.seq_scan::float8 as sequential_scans, s.seq_tup_read::float8 as sequential_rows_read, coalesce(s.idx_scan, 0)::float8 as index_scans,
  s.n_tup_ins::float8 as inserted, s.n_tup_upd::float8 as updated, s.n_tup_del::float8 as deleted,
  pg_catalog.to_char(greatest(s.last_analyze, s.last_autoanalyze) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_analyzed,
  pg_catalog.to_char(greatest(s.last_vacuum, s.last_autovacuum) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_vacuumed,
  case when c.relfrozenxid <> '0'::pg_catalog.xid then pg_catalog.age(c.relfrozenxid) else 0 end as transaction_age
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid
left join (
  select p.schemaname, p.tablename, sum((1 - p.null_frac) * p.avg_width) as bytes
  from pg_catalog.pg_stats p
  where not p.inherited
  group by p.schemaname, p.tablename) w on w.schemaname = n.nspname and w.tablename = c.relname
where c.relkind in ('r', 'p', 'm')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
