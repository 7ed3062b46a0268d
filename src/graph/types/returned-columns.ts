import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/**
 * By column, the PL/pgSQL functions that give it by RETURN QUERY as a column of RETURNS TABLE, as it is: the types have to be the same, so that another type
 * of the column makes each call fail (42804) until the function is made again.
 */
export const returnedColumns = askedOnce((graph): ReadonlyMap<EntityId, readonly EntityOf<'function'>[]> => {
  const byColumn = new Map<EntityId, EntityOf<'function'>[]>();
  for (const routine of graph.ofKind('function')) {
    const isTable = routine.parameters.some(({ mode }) => mode === 'table' || mode === 'out');
    if (!isTable || routine.language !== 'plpgsql' || !isUsersOwn(graph, routine)) continue;
    for (const id of givenAsTheyAre(graph, routine)) addTo(byColumn, id, routine);
  }
  return byColumn;
});

function givenAsTheyAre(graph: SchemaGraph, routine: EntityOf<'function'>): ReadonlySet<EntityId> {
  const { block, expressions } = routineShape(graph, routine);
  const found = new Set<EntityId>();
  for (const { statement } of block === null ? [] : eachStatement([block])) {
    const tree = statement.kind === 'return-query' ? statement.query.tree : undefined;
    const bound = expressions.find((each) => each.tree === tree);
    for (const each of fieldsOf(tree, 'SelectStmt')?.targetList ?? []) {
      const reference = fieldsOf(fieldsOf(each, 'ResTarget')?.val, 'ColumnRef');
      const meaning = reference && bound?.meanings.get(reference);
      if (meaning?.kind === 'column' && meaning.column !== undefined && meaning.isDirect) found.add(meaning.column);
    }
  }
  return found;
}
