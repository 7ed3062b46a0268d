-- What belongs to an extension: pg_depend with deptype e. An oid alone is not unique, its catalog (classid) is part of it.
select d.classid::pg_catalog.regclass::text as class, d.objid::text as oid, d.refobjid::text as extension
from pg_catalog.pg_depend d
where d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
