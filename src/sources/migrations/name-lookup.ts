import { boundFunction, boundRelation, boundType } from '../../graph/binding/bound-entity.ts';
import type { BoundFunction, BoundRelation, BoundType, NameSource } from '../../graph/binding/name-source.ts';
import type { Entity, EntityOf, Relation } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { ProvidedNames } from './provided-names.ts';
import type { Session } from './session.ts';
import { TEMPORARY_SCHEMA } from './temporary.ts';

/** Resolves names against the graph as it stands, by the session's search_path (docs 5.10.3). */
export class NameLookup implements NameSource {
  readonly #graph: SchemaGraph;
  readonly #session: Session;
  readonly #provided: ProvidedNames;
  #lastPath:
    | (Pick<Session, 'searchPath' | 'role'> & {
        readonly schemaChanges: number;
        readonly path: readonly string[];
        readonly withTemporary: readonly string[];
      })
    | undefined;

  constructor(graph: SchemaGraph, session: Session, provided: ProvidedNames) {
    this.#graph = graph;
    this.#session = session;
    this.#provided = provided;
  }

  /** The schemas in which an unqualified name is looked for, in order. pg_catalog comes first unless the path names it. */
  path(): readonly string[] {
    return this.#paths().path;
  }

  #paths() {
    const { searchPath, role } = this.#session;
    const { schemaChanges } = this.#graph;
    const last = this.#lastPath;
    if (last?.searchPath === searchPath && last.role === role && last.schemaChanges === schemaChanges) return last;
    const path = this.#livingPath();
    const withTemporary = searchPath.includes(TEMPORARY_SCHEMA) ? path : [TEMPORARY_SCHEMA, ...path];
    this.#lastPath = { searchPath, role, schemaChanges, path, withTemporary };
    return this.#lastPath;
  }

  #livingPath(): readonly string[] {
    const role = this.#graph.find(this.#session.role);
    const user = role?.kind === 'role' ? role.name : '';
    const path = this.#session.searchPath.map((each) => (each === '$user' ? user : each));
    const living = path.filter(
      (name) => name === 'pg_catalog' || name === TEMPORARY_SCHEMA || this.#graph.global('schema', name) !== undefined,
    );
    return living.includes('pg_catalog') ? living : ['pg_catalog', ...living];
  }

  /** Where CREATE puts an unqualified name: the first living schema of the path that is not pg_catalog by implication. */
  creationSchema(): string | undefined {
    return this.path().find((name) => name !== 'pg_catalog' || this.#session.searchPath.includes('pg_catalog'));
  }

  /** Temporary relations and types are found before all others unless the path says otherwise (docs 20.11.1, search_path). */
  #schemas(schema: string | undefined): readonly string[] {
    return schema === undefined ? this.#paths().withTemporary : [schema];
  }

  relationEntity(schema: string | undefined, name: string): Relation | undefined {
    for (const each of this.#schemas(schema)) {
      const found = this.#graph.relation({ schema: each, name });
      if (found) return found;
    }
    return undefined;
  }

  typeEntity(schema: string | undefined, name: string): Entity | undefined {
    for (const each of this.#schemas(schema)) {
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
    for (const each of this.#schemas(schema)) {
      const found = this.#graph.relation({ schema: each, name });
      if (found && found.kind !== 'index' && found.kind !== 'compositeType') return boundRelation(this.#graph, found);
      const provided = this.#provided.relation(each, name);
      if (provided) return provided;
    }
    return undefined;
  }

  functions(schema: string | undefined, name: string): readonly BoundFunction[] {
    const found: BoundFunction[] = [];
    for (const each of schema === undefined ? this.path() : [schema]) {
      const known = this.#graph.functions({ schema: each, name });
      const provided = this.#provided.functions(each, name);
      for (const one of known) found.push(boundFunction(one));
      // A function of an extension that something depends on is an entity too.
      const isEntity = provided.length > 0 && known.some((one) => one.extension !== undefined);
      for (const one of provided) if (!isEntity || one.arguments.length > 0) found.push(one);
    }
    return found;
  }

  type(schema: string | undefined, name: string): BoundType | undefined {
    const found = this.typeEntity(schema, name);
    return found ? boundType(this.#graph, found) : undefined;
  }
}
