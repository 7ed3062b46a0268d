-- CHECKs of tables and of domains; NOT NULL rows (contype n, PG 18) are facts of their columns.
select k.oid::text as oid, nullif(k.conrelid, 0)::text as relation, nullif(k.contypid, 0)::text as domain, k.conname as name,
  pg_catalog.pg_get_expr(k.conbin, k.conrelid) as expression, k.convalidated as is_validated,
  k.conenforced as is_enforced, -- 18+
  true as is_enforced, -- <18
  k.connoinherit as no_inherit, not k.conislocal as is_inherited
from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace n on n.oid = k.connamespace
where k.contype = 'c'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by k.oid
