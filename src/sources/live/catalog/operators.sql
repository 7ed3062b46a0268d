select o.oid::text as oid, n.nspname as schema, o.oprname as name, nullif(o.oprleft, 0)::text as left_type,
  nullif(o.oprright, 0)::text as right_type, o.oprcode::oid::text as function
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
where o.oid >= 16384 and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by o.oid
