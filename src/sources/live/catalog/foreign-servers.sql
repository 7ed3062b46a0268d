-- Options may hold passwords: they are not read.
select s.oid::text as oid, s.srvname as name, s.srvfdw::text as wrapper
from pg_catalog.pg_foreign_server s
order by s.oid
