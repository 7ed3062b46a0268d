import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import { variableOf } from '../query-shapes/operand.ts';
import type { Query, Write } from '../query-shapes/query.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * A unique key of the table, for every row and never NULL, that an INSERT of the routine fills from its parameters alone, or
 * from them and constants: a second call with the same arguments cannot add a second row.
 */
export function keyFromParameters(
  graph: SchemaGraph,
  { parameters }: EntityOf<'function'>,
  { binding }: Query,
  { relation, sets }: Write,
): EntityOf<'index'> | undefined {
  if (relation === null) return undefined;
  const given = parameters.flatMap((each, at) =>
    isInput(each) ? [`$${at + 1}`, ...(each.name === null ? [] : [each.name])] : [],
  );
  return graph.ownedBy(relation, 'index').find(({ isUnique, isValid, predicate, keys, nullsNotDistinct }) => {
    if (!isUnique || !isValid || predicate !== null) return false;
    const values = keys.map(({ column }) => {
      const set = column === null ? undefined : sets.find((each) => each.column === column);
      if (set === undefined || column === null) return undefined;
      if (!nullsNotDistinct && isNullable(graph, graph.get('column', column))) return undefined;
      if (set.constant !== null) return 'constant';
      const variable = variableOf(set.value ?? undefined, binding);
      return variable !== null && given.includes(variable) ? 'parameter' : undefined;
    });
    return values.includes('parameter') && !values.includes(undefined);
  });
}
