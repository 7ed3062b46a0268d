select w.oid::text as oid, w.fdwname as name
from pg_catalog.pg_foreign_data_wrapper w
order by w.oid
