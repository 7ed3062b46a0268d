// What a dashboard's advisors ask, one query a check, in words of our own: what an audit's time is held against.

const USERS = "n.nspname not in ('pg_catalog', 'information_schema', 'auth') and n.nspname !~ '^pg_'";

export const ADVISORS: Readonly<Record<string, string>> = {
  'tables without row security': `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and not c.relrowsecurity and ${USERS} and has_table_privilege('anon', c.oid, 'select')`,
  'policies without row security': `select n.nspname, c.relname, array_agg(p.polname) from pg_policy p join pg_class c on c.oid = p.polrelid
    join pg_namespace n on n.oid = c.relnamespace where not c.relrowsecurity group by 1, 2`,
  'row security without policies': `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid) and ${USERS}`,
  'foreign keys without an index': `select k.conrelid::regclass, k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace where k.contype = 'f' and ${USERS} and not exists (
      select from pg_index i where i.indrelid = k.conrelid and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`,
  'tables without a primary key': `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and ${USERS} and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
  'calls for each row': `select schemaname, tablename, policyname from pg_policies
    where (qual ~* 'auth\\.(uid|jwt|role)\\(\\)' and qual !~* 'select auth\\.(uid|jwt|role)\\(\\)')
      or (with_check ~* 'auth\\.(uid|jwt|role)\\(\\)' and with_check !~* 'select auth\\.(uid|jwt|role)\\(\\)')`,
  'several permissive policies': `select p.schemaname, p.tablename, p.cmd, r, array_agg(p.policyname) from pg_policies p
    cross join unnest(p.roles) r where p.permissive = 'PERMISSIVE' group by 1, 2, 3, 4 having count(*) > 1`,
  'equal indexes': `select n.nspname, c.relname, array_agg(i.indexrelid::regclass) from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace where ${USERS}
    group by 1, 2, regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON', '') having count(*) > 1`,
  'unused indexes': `select s.schemaname, s.relname, s.indexrelname from pg_stat_user_indexes s join pg_index i using (indexrelid)
    where s.idx_scan = 0 and not i.indisunique`,
  'owner-rights views': `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'v' and ${USERS} and not coalesce(c.reloptions::text ~* 'security_invoker=(on|true)', false)`,
  'functions without a search path': `select n.nspname, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${USERS} and not coalesce(p.proconfig::text like '%search_path=%', false)`,
};
