-- An operator class is named only where it is not the default one of its type, a collation only where it is not the
-- column's own. What an expression's own collation is only the server can tell: where it is not "default", the whole
-- definition is read, which names a collation only if it is not the expression's.
select i.indexrelid::text as oid, n.nspname as schema, c.relname as name, i.indrelid::text as relation, am.amname as method,
  i.indisunique as is_unique, i.indisvalid as is_valid,
  i.indnullsnotdistinct as nulls_not_distinct, -- 15+
  false as nulls_not_distinct, -- <15
  case when exists (
    select from pg_catalog.generate_series(0, i.indnkeyatts - 1) k
    where i.indkey[k] = 0 and i.indcollation[k] not in (0, 'pg_catalog."default"'::pg_catalog.regcollation))
  then pg_catalog.pg_get_indexdef(i.indexrelid) end as definition,
  c.reloptions as options, inh.inhparent::text as parent,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
  array(select i.indkey[k]::text from pg_catalog.generate_series(i.indnkeyatts, i.indnatts - 1) k order by k) as include,
  (select pg_catalog.json_agg(pg_catalog.json_build_object(
      'column', nullif(i.indkey[k], 0)::text,
      'expression', case i.indkey[k] when 0 then pg_catalog.pg_get_indexdef(i.indexrelid, k + 1, false) end,
      'opclass', case when not oc.opcdefault then pg_catalog.json_build_array(ocn.nspname, oc.opcname) end,
      'opclassOptions', ia.attoptions,
      'option', i.indoption[k],
      'collation', case when co.oid is not null then pg_catalog.json_build_array(con.nspname, co.collname) end
    ) order by k)
   from pg_catalog.generate_series(0, i.indnkeyatts - 1) k
   join pg_catalog.pg_opclass oc on oc.oid = i.indclass[k]
   join pg_catalog.pg_namespace ocn on ocn.oid = oc.opcnamespace
   join pg_catalog.pg_attribute ia on ia.attrelid = i.indexrelid and ia.attnum = k + 1
   left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k] and i.indkey[k] <> 0
   left join pg_catalog.pg_collation co on co.oid = i.indcollation[k] and co.oid <> a.attcollation
   left join pg_catalog.pg_namespace con on con.oid = co.collnamespace) as keys
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am am on am.oid = c.relam
left join pg_catalog.pg_inherits inh on inh.inhrelid = i.indexrelid
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
order by i.indexrelid
