import { builtinType } from '../../graph/binding/builtin/builtins.ts';
import type { BoundFunction, BoundRelation } from '../../graph/binding/name-source.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { ProvidedNames } from './provided-names.ts';

/** What the server and the extensions installed so far answer to. */
export class InstalledNames implements ProvidedNames {
  readonly #graph: SchemaGraph;

  constructor(graph: SchemaGraph) {
    this.#graph = graph;
  }

  hasBuiltInType(name: string): boolean {
    return builtinType(name) !== undefined;
  }

  relation(_schema: string, _name: string): BoundRelation | undefined {
    return undefined;
  }

  functions(_schema: string, _name: string): readonly BoundFunction[] {
    return [];
  }

  isOpen(): boolean {
    return [...this.#graph.ofKind('extension')].length > 1;
  }

  extensionOf(): string | undefined {
    return undefined;
  }
}
