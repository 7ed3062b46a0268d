import type {
  BoundColumn,
  BoundFunction,
  BoundRelation,
  BoundType,
  NameSource,
} from '../../graph/binding/name-source.ts';
import type { BoundExpression } from '../../graph/bound-expression.ts';
import type { Entity, EntityOf, Relation } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { ProvidedNames } from './provided-names.ts';
import type { Session } from './session.ts';

/** Resolves names against the graph as it stands, by the session's search_path (docs 5.10.3). */
export class NameLookup implements NameSource {
  readonly #graph: SchemaGraph;
  readonly #session: Session;
  readonly #provided: ProvidedNames;

  constructor(graph: SchemaGraph, session: Session, provided: ProvidedNames) {
    this.#graph = graph;
    this.#session = session;
    this.#provided = provided;
  }

  /** The schemas in which an unqualified name is looked for, in order. pg_catalog comes first unless the path names it. */
  path(): readonly string[] {
    const role = this.#graph.find(this.#session.role);
    const user = role?.kind === 'role' ? role.name : '';
    const path = this.#session.searchPath.map((each) => (each === '$user' ? user : each));
    const living = path.filter((name) => name === 'pg_catalog' || this.#graph.global('schema', name) !== undefined);
    return living.includes('pg_catalog') ? living : ['pg_catalog', ...living];
  }

  /** Where CREATE puts an unqualified name: the first living schema of the path that is not pg_catalog by implication. */
  creationSchema(): string | undefined {
    return this.path().find((name) => name !== 'pg_catalog' || this.#session.searchPath.includes('pg_catalog'));
  }

  relationEntity(schema: string | undefined, name: string): Relation | undefined {
    for (const each of schema === undefined ? this.path() : [schema]) {
      const found = this.#graph.relation({ schema: each, name });
      if (found) return found;
    }
    return undefined;
  }

  typeEntity(schema: string | undefined, name: string): Entity | undefined {
    for (const each of schema === undefined ? this.path() : [schema]) {
      const found = this.#graph.type({ schema: each, name }) ?? this.#rowType(each, name);
      if (found) return found;
      if (each === 'pg_catalog' && this.#provided.hasBuiltInType(name)) return undefined;
    }
    return undefined;
  }

  #rowType(schema: string, name: string): Entity | undefined {
    const found = this.#graph.relation({ schema, name });
    return found && found.kind !== 'sequence' && found.kind !== 'index' ? found : undefined;
  }

  functionEntities(schema: string | undefined, name: string): readonly EntityOf<'function'>[] {
    const schemas = schema === undefined ? this.path() : [schema];
    return schemas.flatMap((each) => this.#graph.functions({ schema: each, name }));
  }

  relation(schema: string | undefined, name: string): BoundRelation | undefined {
    for (const each of schema === undefined ? this.path() : [schema]) {
      const found = this.#graph.relation({ schema: each, name });
      if (found && found.kind !== 'index' && found.kind !== 'compositeType') return boundRelation(this.#graph, found);
      const provided = this.#provided.relation(each, name);
      if (provided) return provided;
    }
    return undefined;
  }

  functions(schema: string | undefined, name: string): readonly BoundFunction[] {
    const schemas = schema === undefined ? this.path() : [schema];
    return schemas.flatMap((each) => [
      ...this.#graph.functions({ schema: each, name }).map(boundFunction),
      ...this.#provided.functions(each, name),
    ]);
  }

  type(schema: string | undefined, name: string): BoundType | undefined {
    const found = this.typeEntity(schema, name);
    return found ? boundType(this.#graph, found) : undefined;
  }
}

export function boundColumns(graph: SchemaGraph, relation: Entity): readonly BoundColumn[] {
  return graph
    .columns(relation.id)
    .map((column) => ({ id: column.id, name: column.name, ...(column.type === null ? {} : { type: column.type }) }));
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

export function boundRelation(graph: SchemaGraph, relation: Relation): BoundRelation {
  return {
    id: relation.id,
    name: relation.name,
    columns: boundColumns(graph, relation),
    columnsKnown: hasAllColumns(relation),
  };
}

export function boundFunction(fn: EntityOf<'function'>): BoundFunction {
  const inputs = fn.parameters.filter((each) => each.mode !== 'out' && each.mode !== 'table');
  const outputs = fn.parameters.filter((each) => each.mode === 'out' || each.mode === 'inout' || each.mode === 'table');
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
      return { id: type.id, name: type.name, kind: 'domain', base: type.base };
    case 'rangeType':
      return { id: type.id, name: type.name, kind: 'range', base: type.subtype };
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
