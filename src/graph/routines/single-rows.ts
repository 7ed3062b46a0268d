import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';

/** By table, a function that takes any one row of it, as of a table that holds one: `select * from config limit 1`, and no more. */
export const singleRowReaders = askedOnce((graph): ReadonlyMap<EntityId, EntityOf<'function'>> => {
  const found = new Map<EntityId, EntityOf<'function'>>();
  for (const { holder, query } of queriesInSchema(graph)) {
    const { limitCount, whereClause, sortClause } = fieldsOf(query.node, 'SelectStmt') ?? {};
    const [only, another] = query.sources;
    const isAny = constantOf(limitCount) === '1' && whereClause === undefined && (sortClause ?? []).length === 0;
    if (isAny && only !== undefined && another === undefined && holder.kind === 'function')
      found.set(only.relation, holder);
  }
  return found;
});
