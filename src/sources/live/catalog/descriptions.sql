-- COMMENT ON, of everything but what initdb made (docs 52.19). public is initdb's, but people comment on it.
select d.classoid::pg_catalog.regclass::text as class, d.objoid::text as oid, d.objsubid as part, d.description as text
from pg_catalog.pg_description d
where d.objoid >= 16384
   or d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
union all
select d.classoid::pg_catalog.regclass::text, d.objoid::text, 0, d.description
from pg_catalog.pg_shdescription d
where d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass
