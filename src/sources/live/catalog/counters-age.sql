-- Where the counters were never reset, they are at least as old as the oldest thing they remember.
select pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as read_at,
  pg_catalog.to_char(coalesce(d.stats_reset, (
    select least(min(s.last_vacuum), min(s.last_autovacuum), min(s.last_analyze), min(s.last_autoanalyze))
    from pg_catalog.pg_stat_all_tables s)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
from pg_catalog.pg_stat_database d
where d.datname = pg_catalog.current_database()
