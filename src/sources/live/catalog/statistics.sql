select s.oid::text as oid, n.nspname as schema, s.stxname as name, s.stxrelid::text as relation, s.stxkind::text[] as kinds,
  array(select k.number::text from pg_catalog.unnest(s.stxkeys) with ordinality k(number, place) order by k.place) as columns,
  pg_catalog.pg_get_statisticsobjdef_expressions(s.oid) as expressions -- 14+
  null::text[] as expressions -- <14
from pg_catalog.pg_statistic_ext s
join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
order by s.oid
