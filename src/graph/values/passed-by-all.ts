import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { ConstantValue } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { comparedConstants } from '../query-shapes/compared-constants.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { storedType, typeClass } from '../types/type-class.ts';
import { checkOutcome } from './failed-check.ts';

type CheckConstraint = EntityOf<'checkConstraint'>;

/**
 * Is the CHECK about one column of which only some values can be there, by its type or a validated CHECK beside this one, and do all of them,
 * and NULL, pass? No row can break it.
 */
export function isPassedByAllValues(graph: SchemaGraph, check: CheckConstraint): boolean {
  const { references } = check.expression;
  const columns = new Set(references.flatMap(({ target }) => (graph.find(target)?.kind === 'column' ? target : [])));
  const [only, ...others] = columns;
  if (only === undefined || others.length > 0) return false;
  const outcomes = possibleValues(graph, only, check)?.map((value) => checkOutcome(check, new Map([[only, value]])));
  return outcomes?.every((each) => each !== undefined && each !== false) === true;
}

/** All that can stand in the column, NULL among it; undefined where that is too much to name. */
function possibleValues(graph: SchemaGraph, id: EntityId, but: CheckConstraint): readonly ConstantValue[] | undefined {
  const column = graph.get('column', id);
  const type = storedType(graph, column.type);
  if (typeClass(graph, type) === 'boolean') return [true, false, null];
  if (typeClass(graph, type) !== 'text') return undefined;
  const listed = graph
    .ownedBy(column.relation, 'checkConstraint')
    .filter((each) => each !== but && each.isValidated && each.isEnforced)
    .flatMap((each) => conjuncts(each.expression.tree).map((part) => ({ part, expression: each.expression })))
    .map(({ part, expression }) => {
      const { kind, name, lexpr } = fieldsOf(part, 'A_Expr') ?? {};
      const isList = (kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') && stringsOf(name).at(-1) === '=';
      const isOfIt = isList && columnMeaning(lexpr, expression)?.column === id;
      return isOfIt ? comparedConstants(part, expression).map((each) => each.constant) : [];
    })
    .find((each) => each.length > 0);
  return listed && [...listed, null];
}
