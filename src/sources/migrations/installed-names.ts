import { builtinType } from '../../graph/binding/builtin/builtins.ts';
import type { BoundFunction, BoundRelation } from '../../graph/binding/name-source.ts';
import type { EntityOf } from '../../graph/entities/index.ts';
import { innerMap } from '../../graph/name-index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { extensionFacts, extensionProviding } from '../../platform/extension-facts.ts';
import { type ExtensionContents, extensionContents } from '../../platform/extensions.ts';
import { systemRelation } from '../../platform/system-catalog.ts';
import type { ProvidedKind, ProvidedNames } from './provided-names.ts';

/** What the server and the extensions installed so far answer to. */
export class InstalledNames implements ProvidedNames {
  readonly #graph: SchemaGraph;
  /** By extension and home schema. */
  readonly #known = new Map<string, ExtensionContents | undefined>();

  readonly #placed: readonly string[];
  #last: Installed | undefined;

  /** @param placed extensions whose schema the platform decides */
  constructor(graph: SchemaGraph, placed: readonly string[]) {
    this.#graph = graph;
    this.#placed = placed;
  }

  isPlaced(extension: string): boolean {
    return this.#placed.includes(extension);
  }

  hasBuiltInType(name: string): boolean {
    return builtinType(name) !== undefined;
  }

  relation(schema: string, name: string): BoundRelation | undefined {
    return schema === 'pg_catalog' || schema === 'information_schema' ? systemRelation(schema, name) : undefined;
  }

  functions(schema: string, name: string): readonly BoundFunction[] {
    const { contents, functions } = this.#installed();
    const ofSchema = innerMap(functions, schema);
    const known = ofSchema.get(name);
    if (known !== undefined) return known;
    const found = contents.flatMap((each) => each.functionsNamed({ schema, name }));
    ofSchema.set(name, found);
    return found;
  }

  #contents(extension: EntityOf<'extension'>): ExtensionContents | undefined {
    const home = extension.schema === null ? 'public' : this.#graph.get('schema', extension.schema).name;
    const key = `${extension.name}\0${home}`;
    if (!this.#known.has(key)) this.#known.set(key, extensionContents(extension.name, home));
    return this.#known.get(key);
  }

  isOpen(kind?: ProvidedKind, name?: string): boolean {
    return this.#installed().extensions.some((each) => {
      const facts = extensionFacts().get(each.name);
      if (facts === undefined || facts.isPartial) return true;
      return kind === 'function' && name !== undefined && (facts.functionNames ?? []).includes(name);
    });
  }

  extensionOf(kind: ProvidedKind, name: string): string | undefined {
    const extension = extensionProviding(kind, name);
    // pgtap's functions are words of every day (has_role, is_empty): a missing one is most likely the project's own.
    return extension !== undefined && extension !== 'pgtap' && this.#graph.global('extension', extension) === undefined
      ? extension
      : undefined;
  }

  /** Found anew when an extension comes, goes or moves, or a schema is given another name. */
  #installed(): Installed {
    const of = this.#graph.ofKind('extension');
    const { schemaChanges } = this.#graph;
    if (this.#last?.of === of && this.#last.schemaChanges === schemaChanges) return this.#last;
    const extensions = of.filter((each) => each.name !== 'plpgsql');
    const contents = extensions.flatMap((each) => this.#contents(each) ?? []);
    this.#last = { of, schemaChanges, extensions, contents, functions: new Map() };
    return this.#last;
  }
}

interface Installed {
  readonly of: readonly EntityOf<'extension'>[];
  readonly schemaChanges: number;
  readonly extensions: readonly EntityOf<'extension'>[];
  readonly contents: readonly ExtensionContents[];
  /** What was looked for so far, by schema and name: every call of a function looks in every schema of the path. */
  readonly functions: Map<string, Map<string, readonly BoundFunction[]>>;
}
