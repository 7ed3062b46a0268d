import { askedOnce } from './asked-once.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { EntityId } from './entity-id.ts';
import { constantOf } from './query-shapes/operand.ts';
import type { ColumnTest } from './query-shapes/query.ts';
import { queriesInSchema, rowTests } from './query-shapes/schema-queries.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { typeClass } from './type-class.ts';

/**
 * The values of a text column that the schema itself names: its default, what functions, views, policies, index predicates and
 * trigger conditions compare it with, and what functions write to it. Others may be in use.
 */
export function knownValues(graph: SchemaGraph, column: EntityId): readonly string[] {
  return [...(namedValues(graph).get(column) ?? [])];
}

const namedValues = askedOnce((graph): ReadonlyMap<EntityId, ReadonlySet<string>> => {
  const values = new Map<EntityId, Set<string>>();
  const add = (column: EntityId | null, constant: string | null) => {
    if (column === null || constant === null || constant === 'null') return;
    const set = values.get(column) ?? new Set<string>();
    values.set(column, set);
    set.add(constant);
  };
  const tested = (tests: readonly ColumnTest[]) => {
    for (const { column, kind, operator, constants } of tests)
      if (kind === 'equal' || kind === 'in' || operator === '<>') for (const each of constants) add(column, each);
  };
  const ofRow = (condition: BoundExpression | null) => tested(condition === null ? [] : rowTests(condition));
  for (const column of graph.ofKind('column'))
    if (column.default !== null && typeClass(graph, column.type) === 'text')
      add(column.id, constantOf(column.default.tree));
  for (const { query } of queriesInSchema(graph)) {
    for (const source of query.sources) tested(source.tests);
    for (const write of query.writes) {
      for (const set of [...write.sets, ...(write.onConflict?.sets ?? [])]) add(set.column, set.constant);
    }
  }
  for (const policy of graph.ofKind('policy')) for (const each of [policy.using, policy.check]) ofRow(each);
  for (const index of graph.ofKind('index')) ofRow(index.predicate);
  for (const trigger of graph.ofKind('trigger')) ofRow(trigger.when);
  return values;
});
