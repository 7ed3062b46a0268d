select e.oid::text as oid, e.evtname as name, e.evtevent as event, e.evttags as tags, e.evtfoid::text as function,
  e.evtenabled as enabled, e.evtowner::text as owner
from pg_catalog.pg_event_trigger e
order by e.oid
