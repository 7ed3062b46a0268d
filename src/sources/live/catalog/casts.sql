-- CREATE TYPE … AS RANGE makes a cast to the multirange by itself: a part of the type (deptype i).
select c.oid::text as oid, c.castsource::text as source, c.casttarget::text as target, nullif(c.castfunc, 0)::text as function, c.castcontext as context
from pg_catalog.pg_cast c
where c.oid >= 16384
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'i')
order by c.oid
