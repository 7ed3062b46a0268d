select o.oid::text as oid, n.nspname as schema, o.opcname as name, am.amname as method, o.opcintype::text as type, o.opcdefault as is_default
from pg_catalog.pg_opclass o
join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
join pg_catalog.pg_am am on am.oid = o.opcmethod
where o.oid >= 16384 and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by o.oid
