import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';

/**
 * The columns of a query's own rows that count only where a row of another table confirms them to the caller, so that it is of no use to
 * write something else there: `select team_id from chosen_teams c where c.user_id = auth.uid() and exists (select 1 from members m where
 * m.team_id = c.team_id and m.user_id = auth.uid())`.
 * @param conditions what AND connects in its WHERE
 */
export function confirmedColumns(
  graph: SchemaGraph,
  binding: Binding,
  conditions: readonly Node[],
): ReadonlySet<EntityId> {
  const confirmed = conditions.flatMap((condition) => {
    const [first = [], ...others] = disjuncts(condition).map((arm) => confirmedBy(graph, binding, arm));
    return first.filter((each) => others.every((other) => other.includes(each)));
  });
  return new Set(confirmed);
}

function confirmedBy(graph: SchemaGraph, binding: Binding, arm: Node): readonly EntityId[] {
  return conjuncts(arm).flatMap((each) => {
    const { subLinkType, subselect } = fieldsOf(each, 'SubLink') ?? {};
    const select = fieldsOf(subselect, 'SelectStmt');
    if (subLinkType !== 'EXISTS_SUBLINK' || select === undefined) return [];
    const sides = conjuncts(select.whereClause).flatMap(equalSides);
    const ofCaller = sides.flatMap(([own, other]) => {
      const column = ownColumn(own, binding);
      return column !== undefined && asksCaller(graph, other, binding) ? [graph.get('column', column).relation] : [];
    });
    return sides.flatMap(([own, other]) => {
      const column = ownColumn(own, binding);
      const outer = columnMeaning(other, binding);
      if (column === undefined || outer?.level !== 1 || outer.column === undefined) return [];
      const { relation } = graph.get('column', column);
      const isOther = relation !== graph.get('column', outer.column).relation;
      return isOther && ofCaller.includes(relation) ? [outer.column] : [];
    });
  });
}

function ownColumn(node: Node | undefined, binding: Binding): EntityId | undefined {
  const meaning = columnMeaning(node, binding);
  return meaning?.level === 0 ? meaning.column : undefined;
}
