-- A view's own rule is its query.
select r.oid::text as oid, r.ev_class::text as relation, r.rulename as name, r.ev_type as event, r.is_instead,
  pg_catalog.pg_get_ruledef(r.oid) as definition
from pg_catalog.pg_rewrite r
join pg_catalog.pg_class c on c.oid = r.ev_class
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where r.rulename <> '_RETURN'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by r.oid
