-- Exposure "explicit-grants": what follows supabase.sql on projects made since 2026-05-30, or with [api]
-- auto_expose_new_tables = false. A new table in public still gives the API roles TRUNCATE, REFERENCES, TRIGGER and
-- MAINTAIN, a new sequence UPDATE, and a new function stays executable through PUBLIC.
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
