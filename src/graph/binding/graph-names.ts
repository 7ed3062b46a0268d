import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { extraPath } from './api-path.ts';
import { boundFunction, boundRelation, boundType } from './bound-entity.ts';
import type { BoundFunction, BoundRelation, BoundType, NameSource } from './name-source.ts';

/** Relations as the binder sees them, made once for a graph that no longer changes. */
const relationsOf = new WeakMap<SchemaGraph, Map<EntityId, BoundRelation>>();

/** Names as the finished graph knows them, looked for in the schemas of a path. */
export class GraphNames implements NameSource {
  readonly #graph: SchemaGraph;
  readonly #path: readonly string[];
  readonly #relations: Map<EntityId, BoundRelation>;

  constructor(graph: SchemaGraph, path: readonly string[]) {
    this.#graph = graph;
    this.#relations = relationsOf.get(graph) ?? new Map<EntityId, BoundRelation>();
    relationsOf.set(graph, this.#relations);
    this.#path = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
  }

  relation(schema: string | undefined, name: string): BoundRelation | undefined {
    for (const each of this.#schemas(schema)) {
      const found = this.#graph.relation({ schema: each, name });
      if (!found || found.kind === 'index' || found.kind === 'compositeType') continue;
      const known = this.#relations.get(found.id) ?? boundRelation(this.#graph, found);
      this.#relations.set(found.id, known);
      return known;
    }
    return undefined;
  }

  functions(schema: string | undefined, name: string): readonly BoundFunction[] {
    return this.#schemas(schema).flatMap((each) => this.#graph.functions({ schema: each, name }).map(boundFunction));
  }

  type(schema: string | undefined, name: string): BoundType | undefined {
    for (const each of this.#schemas(schema)) {
      const qualified = { schema: each, name };
      const found = this.#graph.type(qualified) ?? this.#graph.relation(qualified);
      const type = found && boundType(this.#graph, found);
      if (type) return type;
    }
    return undefined;
  }

  #schemas(schema: string | undefined): readonly string[] {
    return schema === undefined ? this.#path : [schema];
  }
}

/**
 * Where the unqualified names of a body are looked for when it runs: its own SET search_path; without one, what requests to the API
 * have (public, Supabase's extensions), and last its own schema, as whoever calls it must have made it work.
 */
export function searchPathOf(graph: SchemaGraph, fn: EntityOf<'function'>): readonly string[] {
  const pinned = fn.config.find((each) => each.name === 'search_path')?.value;
  if (pinned === undefined) return [...new Set([...extraPath(graph), 'public', 'extensions', fn.name.schema])];
  return schemasIn(pinned);
}

/** The schemas that a value of search_path names. */
export function schemasIn(searchPath: string): readonly string[] {
  const names = searchPath.match(/"(?:[^"]|"")*"|[^\s,]+/g) ?? [];
  return names
    .map((each) => (each.startsWith('"') ? each.slice(1, -1).replaceAll('""', '"') : each))
    .filter((each) => each !== '' && each !== '$user');
}
