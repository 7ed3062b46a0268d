-- relkind r and p. Temporary tables are another session's, or end with this one.
select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relowner::text as owner,
  c.relpersistence as persistence, c.relrowsecurity as row_security, c.relforcerowsecurity as force_row_security,
  c.relispartition as is_partition, c.reloptions as options, c.relreplident as replica_identity,
  nullif(c.reloftype, 0)::text as of_type,
  array(select i.inhparent::text from pg_catalog.pg_inherits i where i.inhrelid = c.oid order by i.inhseqno) as parents,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
  case c.relkind when 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
  case c.relreplident when 'i' then (select i.indexrelid::text from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisreplident) end as replica_index,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee::text, a.privilege_type, a.is_grantable))
   from pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) a) as acl
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by c.oid
