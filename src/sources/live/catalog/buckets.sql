-- Rows, not catalog: run only where the table is there and the role may read it.
select b.id as name, b.public as is_public
from storage.buckets b
order by b.id
