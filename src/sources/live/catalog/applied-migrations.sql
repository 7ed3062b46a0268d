-- Rows, not catalog: run only where the table is there and the role may read it.
select m.version, m.name, m.statements
from supabase_migrations.schema_migrations m
order by m.version
