import type { SchemaGraph } from '../graph/schema-graph.ts';
import { type QualifiedName, truncateIdentifier } from '../sql/name.ts';

/** May a fix make a function of that name: would Postgres keep it whole, and has no function of the schema it yet? */
export function isFreeForFunction(graph: SchemaGraph, called: QualifiedName): boolean {
  return truncateIdentifier(called.name) === called.name && graph.functions(called).length === 0;
}
