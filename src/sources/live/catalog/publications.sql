select p.oid::text as oid, p.pubname as name, p.puballtables as all_tables, p.pubowner::text as owner, p.pubviaroot as via_root,
  p.pubinsert as inserts, p.pubupdate as updates, p.pubdelete as deletes, p.pubtruncate as truncates,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('table', r.prrelid::text
      , 'columns', array(select u.number::text from pg_catalog.unnest(r.prattrs) with ordinality u(number, place) order by u.place), 'where', pg_catalog.pg_get_expr(r.prqual, r.prrelid) -- 15+
    ) order by r.oid)
   from pg_catalog.pg_publication_rel r where r.prpubid = p.oid) as tables,
  array(select s.pnnspid::text from pg_catalog.pg_publication_namespace s where s.pnpubid = p.oid order by s.oid) as schemas -- 15+
  '{}'::text[] as schemas -- <15
from pg_catalog.pg_publication p
order by p.oid
