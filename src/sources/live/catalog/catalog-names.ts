import { boundFunction, boundRelation, boundType } from '../../../graph/binding/bound-entity.ts';
import type { BoundFunction, BoundRelation, BoundType, NameSource } from '../../../graph/binding/name-source.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { systemRelation } from '../../../platform/system-catalog.ts';

/** Names as the catalog prints them with an empty search_path: qualified, but for those of pg_catalog. */
export class CatalogNames implements NameSource {
  readonly #graph: SchemaGraph;

  constructor(graph: SchemaGraph) {
    this.#graph = graph;
  }

  relation(schema: string | undefined, name: string): BoundRelation | undefined {
    const home = schema ?? 'pg_catalog';
    const found = this.#graph.relation({ schema: home, name });
    if (!found) return systemRelation(home, name);
    return found.kind !== 'index' && found.kind !== 'compositeType' ? boundRelation(this.#graph, found) : undefined;
  }

  functions(schema: string | undefined, name: string): readonly BoundFunction[] {
    return this.#graph.functions({ schema: schema ?? 'pg_catalog', name }).map(boundFunction);
  }

  type(schema: string | undefined, name: string): BoundType | undefined {
    const qualified = { schema: schema ?? 'pg_catalog', name };
    const found = this.#graph.type(qualified) ?? this.#graph.relation(qualified);
    return found ? boundType(this.#graph, found) : undefined;
  }
}
