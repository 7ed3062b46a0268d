import { sameName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isInput, isOutput } from '../entities/function-entity.ts';
import type { Entity, EntityOf, Relation } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { BoundColumn, BoundFunction, BoundRelation, BoundType } from './name-source.ts';

interface ColumnsThen {
  readonly changes: number;
  readonly columns: readonly BoundColumn[];
}

const lastColumns = new WeakMap<SchemaGraph, Map<EntityId, ColumnsThen>>();

/** The columns as they are now; the same array as long as nothing about them changes. */
export function boundColumns(graph: SchemaGraph, { id }: Entity): readonly BoundColumn[] {
  const known = lastColumns.get(graph) ?? new Map<EntityId, ColumnsThen>();
  lastColumns.set(graph, known);
  const changes = graph.rowChanges(id);
  const last = known.get(id);
  if (last?.changes === changes) return last.columns;
  const columns = graph
    .columns(id)
    .map(({ id, name, type }) => (type === null ? { id, name } : { id, name, type: currentType(graph, type) }));
  known.set(id, { changes, columns });
  return columns;
}

/** The type under the name it has now: a type may have been renamed or moved since its name was written. */
function currentType(graph: SchemaGraph, type: TypeRef): TypeRef {
  const entity = type.entity === undefined ? undefined : graph.find(type.entity);
  // A multirange type is held by its range type and has a name of its own.
  if (entity === undefined || entity.kind === 'rangeType' || !('name' in entity) || typeof entity.name === 'string') {
    return type;
  }
  return sameName(entity.name, type.name) ? type : { ...type, name: entity.name };
}

const withoutOpenStar = new WeakMap<BoundExpression, boolean>();

/** Whether all its columns are known: not those of an assumed relation, nor of a view whose star stands for such a one. */
export function hasAllColumns(relation: Relation): boolean {
  if (relation.isAssumed === true) return false;
  if (relation.kind !== 'view' && relation.kind !== 'materializedView') return true;
  const known = withoutOpenStar.get(relation.query);
  if (known !== undefined) return known;
  const meanings = [...relation.query.meanings.values()];
  const isClosed = meanings.every((each) => each.kind !== 'star' || each.isComplete);
  withoutOpenStar.set(relation.query, isClosed);
  return isClosed;
}

const lastBound = new WeakMap<Relation, BoundRelation>();

export function boundRelation(graph: SchemaGraph, relation: Relation): BoundRelation {
  const columns = boundColumns(graph, relation);
  const columnsKnown = hasAllColumns(relation) && !graph.isDoubtful(relation, COLUMNS);
  const last = lastBound.get(relation);
  if (last?.columns === columns && last.columnsKnown === columnsKnown) return last;
  const bound = { id: relation.id, name: relation.name, columns, columnsKnown };
  lastBound.set(relation, bound);
  return bound;
}

const COLUMNS = ['columns'] as const;

const functions = new WeakMap<EntityOf<'function'>, BoundFunction>();

export function boundFunction(fn: EntityOf<'function'>): BoundFunction {
  const known = functions.get(fn);
  if (known !== undefined) return known;
  const bound = asFunction(fn);
  functions.set(fn, bound);
  return bound;
}

function asFunction(fn: EntityOf<'function'>): BoundFunction {
  const inputs = fn.parameters.filter(isInput);
  const outputs = fn.parameters.filter(isOutput);
  return {
    id: fn.id,
    name: fn.name,
    kind: fn.routine,
    arguments: inputs.map((each) => ({
      ...(each.name === null ? {} : { name: each.name }),
      type: each.type,
      ...(each.mode === 'variadic' ? { variadic: true } : {}),
    })),
    defaults: inputs.filter((each) => each.default !== null).length,
    ...(fn.returns === null ? {} : { returns: fn.returns }),
    returnsSet: fn.returnsSet,
    ...(outputs.length === 0 ? {} : { columns: outputs.map((each) => ({ name: each.name ?? '', type: each.type })) }),
    volatility: fn.volatility,
  };
}

export function boundType(graph: SchemaGraph, type: Entity): BoundType | undefined {
  switch (type.kind) {
    case 'enumType':
      return { id: type.id, name: type.name, kind: 'enum' };
    case 'domain':
      return { id: type.id, name: type.name, kind: 'domain', base: currentType(graph, type.base) };
    case 'rangeType':
      return { id: type.id, name: type.name, kind: 'range', base: currentType(graph, type.subtype) };
    case 'baseType':
      return { id: type.id, name: type.name, kind: 'base' };
    case 'compositeType':
    case 'table':
    case 'view':
    case 'materializedView':
    case 'foreignTable':
      return { id: type.id, name: type.name, kind: 'composite', columns: boundColumns(graph, type) };
    default:
      return undefined;
  }
}
