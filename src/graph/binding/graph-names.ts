import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { boundFunction, boundRelation, boundType } from './bound-entity.ts';
import type { BoundFunction, BoundRelation, BoundType, NameSource } from './name-source.ts';

/** Names as the finished graph knows them, looked for in the schemas of a path. */
export class GraphNames implements NameSource {
  readonly #graph: SchemaGraph;
  readonly #path: readonly string[];

  constructor(graph: SchemaGraph, path: readonly string[]) {
    this.#graph = graph;
    this.#path = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
  }

  relation(schema: string | undefined, name: string): BoundRelation | undefined {
    for (const each of this.#schemas(schema)) {
      const found = this.#graph.relation({ schema: each, name });
      if (found && found.kind !== 'index' && found.kind !== 'compositeType') return boundRelation(this.#graph, found);
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
 * Where the unqualified names of a body are looked for when it runs: its own SET search_path; without one, what sessions
 * have (public, Supabase's extensions), and last its own schema, as whoever calls it must have made it work.
 */
export function searchPathOf(fn: EntityOf<'function'>): readonly string[] {
  const pinned = fn.config.find((each) => each.name === 'search_path')?.value;
  if (pinned === undefined) return [...new Set(['public', 'extensions', fn.name.schema])];
  return pinned
    .split(',')
    .map((each) => each.trim().replace(/^"(.*)"$/, '$1'))
    .filter((each) => each !== '' && each !== '$user');
}
