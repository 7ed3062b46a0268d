-- Not the server's own (foreign keys), and not the copies that partitions get of their parent's triggers (tgparentid).
select t.oid::text as oid, t.tgrelid::text as relation, t.tgname as name, t.tgtype as type, t.tgfoid::text as function,
  array(select u.number::text from pg_catalog.unnest(t.tgattr) with ordinality u(number, place) order by u.place) as columns,
  t.tgenabled as enabled, t.tgconstraint <> 0 as is_constraint, t.tgdeferrable as is_deferrable, t.tginitdeferred as is_deferred,
  t.tgoldtable as old_table, t.tgnewtable as new_table,
  case when t.tgqual is not null or t.tgnargs > 0 then pg_catalog.pg_get_triggerdef(t.oid) end as definition
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and t.tgparentid = 0
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by t.oid
