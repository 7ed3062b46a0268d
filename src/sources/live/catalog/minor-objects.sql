-- What initdb made has an oid below 16384 (FirstNormalObjectId); imported collations go to pg_catalog.
select 'pg_collation' as class, o.oid::text as oid, n.nspname as schema, o.collname as name
from pg_catalog.pg_collation o join pg_catalog.pg_namespace n on n.oid = o.collnamespace where o.oid >= 16384 and n.nspname <> 'pg_catalog'
union all
select 'pg_conversion', o.oid::text, n.nspname, o.conname
from pg_catalog.pg_conversion o join pg_catalog.pg_namespace n on n.oid = o.connamespace where o.oid >= 16384
union all
select 'pg_ts_config', o.oid::text, n.nspname, o.cfgname
from pg_catalog.pg_ts_config o join pg_catalog.pg_namespace n on n.oid = o.cfgnamespace where o.oid >= 16384
union all
select 'pg_ts_dict', o.oid::text, n.nspname, o.dictname
from pg_catalog.pg_ts_dict o join pg_catalog.pg_namespace n on n.oid = o.dictnamespace where o.oid >= 16384
union all
select 'pg_ts_parser', o.oid::text, n.nspname, o.prsname
from pg_catalog.pg_ts_parser o join pg_catalog.pg_namespace n on n.oid = o.prsnamespace where o.oid >= 16384
union all
select 'pg_ts_template', o.oid::text, n.nspname, o.tmplname
from pg_catalog.pg_ts_template o join pg_catalog.pg_namespace n on n.oid = o.tmplnamespace where o.oid >= 16384
union all
select 'pg_opfamily', o.oid::text, n.nspname, o.opfname
from pg_catalog.pg_opfamily o join pg_catalog.pg_namespace n on n.oid = o.opfnamespace where o.oid >= 16384
union all
select 'pg_am', o.oid::text, '', o.amname from pg_catalog.pg_am o where o.oid >= 16384
union all
select 'pg_language', o.oid::text, '', o.lanname from pg_catalog.pg_language o where o.oid >= 16384
union all
select 'pg_subscription', o.oid::text, '', o.subname
from pg_catalog.pg_subscription o where o.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
