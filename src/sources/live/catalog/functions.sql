-- The constructors that CREATE TYPE … AS RANGE makes are parts of their type (deptype i) and stay out.
select p.oid::text as oid, n.nspname as schema, p.proname as name, p.prokind as routine, p.proowner::text as owner,
  array(select a.type::text from pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a(type, place)
        order by a.place) as types,
  p.proargmodes::text[] as modes, p.proargnames as names,
  case when p.pronargdefaults > 0 then array(
    select pg_catalog.pg_get_function_arg_default(p.oid, k)
    from pg_catalog.generate_series(1, coalesce(pg_catalog.array_length(p.proallargtypes, 1), p.pronargs)) k order by k) end as defaults,
  p.prorettype::text as returns, p.proretset as returns_set, l.lanname as language, p.prosecdef as is_definer,
  p.provolatile as volatility, p.proisstrict as is_strict, p.proleakproof as is_leakproof, p.proparallel as parallel,
  p.proconfig as config, p.prosrc as source,
  pg_catalog.pg_get_function_sqlbody(p.oid) as sql_body, -- 14+
  null as sql_body, -- <14
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a) as acl
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where p.oid >= 16384
  and n.nspname not in ('information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
      and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.deptype = 'i')
order by p.oid
