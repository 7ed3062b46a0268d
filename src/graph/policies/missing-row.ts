import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { type AlsoKnown, knownOfCaller, withoutRow } from '../caller/known-callers.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Is a clause of a policy never true for who is signed in where no row has the key of the row that it is about in these columns? Then it looks for such a row, in the tables that are given back,
 * by itself or through functions. Undefined where it may be true all the same.
 */
export function lookedFor(
  graph: SchemaGraph,
  clause: BoundExpression,
  key: EntityId,
  naming: ReadonlySet<EntityId>,
): readonly EntityId[] | undefined {
  const looked = new Set<EntityId>();
  const isNaming = ({ id, relation }: EntityOf<'column'>) => {
    if (naming.has(id)) looked.add(relation);
    return naming.has(id);
  };
  const without = withoutRow(graph, isNaming, THE_KEY);
  const also: AlsoKnown = (node, binding, assume) =>
    isListed(node, binding, assume, (id) => isNaming(graph.get('column', id))) ? false : without(node, binding, assume);
  const known = knownOfCaller(graph, { expressions: [clause] }, 'user', also);
  const assume: Assumption = (node) => {
    const own = fieldsOf(node, 'ColumnRef') && columnMeaning(node, clause);
    if (own?.isOuter === true) return own.column === key ? THE_KEY : undefined;
    return known(node, assume);
  };
  return isNeverTrue(clause.tree, assume) && looked.size > 0 ? [...looked] : undefined;
}

/** Stands for the key of the row that the clause is about. */
const THE_KEY: unique symbol = Symbol('key');

/** `id in (select club_id from members where …)` */
function isListed(
  node: Node,
  binding: Pick<Binding, 'meanings'>,
  assume: Assumption,
  isNaming: (column: EntityId) => boolean,
): boolean {
  const { subLinkType, subselect, testexpr } = fieldsOf(node, 'SubLink') ?? {};
  const select = fieldsOf(subselect, 'SelectStmt');
  if (subLinkType !== 'ANY_SUBLINK' || select?.op !== 'SETOP_NONE' || testexpr === undefined) return false;
  const [target, more] = select.targetList ?? [];
  const given = columnMeaning(fieldsOf(target, 'ResTarget')?.val, binding);
  const isGiven =
    more === undefined && given?.isOuter === false && given.column !== undefined && isNaming(given.column);
  return isGiven && assume(testexpr) === THE_KEY;
}
