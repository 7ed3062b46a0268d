select e.oid::text as oid, e.extname as name, e.extnamespace::text as schema
from pg_catalog.pg_extension e
order by e.oid
