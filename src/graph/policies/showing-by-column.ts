import type { Node, SubLink } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { subselectsOf } from '../binding/questions/subselects.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The policies of other tables that show those of their rows which a row of this column's table names in it. */
export function policiesShowingBy(
  graph: SchemaGraph,
  { id, relation }: EntityOf<'column'>,
): readonly EntityOf<'policy'>[] {
  return graph.ofKind('policy').filter(({ table, using, isPermissive, command }) => {
    if (using === null || !isPermissive || table === relation) return false;
    if (command !== 'select' && command !== 'all') return false;
    return subselectsOf(using.tree, using).some(
      ({ link, relations }) => relations.includes(relation) && joinsRow(link, id, using),
    );
  });
}

/** `i.record_id = records.id` in a subselect, or `id in (select i.record_id …)`. */
function joinsRow(link: SubLink, column: EntityId, binding: BoundExpression): boolean {
  const isColumn = (node: Node | undefined) => columnMeaning(node, binding)?.column === column;
  const isOfRow = (node: Node | undefined) => columnMeaning(node, binding)?.isOuter === true;
  const { whereClause, targetList } = fieldsOf(link.subselect, 'SelectStmt') ?? {};
  const [target] = targetList ?? [];
  if (isOfRow(link.testexpr) && isColumn(fieldsOf(target, 'ResTarget')?.val)) return true;
  return conjuncts(whereClause)
    .flatMap(equalSides)
    .some(([own, other]) => isColumn(own) && isOfRow(other));
}
