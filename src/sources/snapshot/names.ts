import type { NameSource } from '../../graph/binding/name-source.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { CatalogNames } from '../live/catalog/catalog-names.ts';
import { migrationNames } from '../migrations/migration-names.ts';
import type { SnapshotNames } from './snapshot-file.ts';

/** What the names in a snapshot's expressions are looked up in. */
export function namesOf(names: SnapshotNames, graph: SchemaGraph, platform: 'supabase' | 'postgres'): NameSource {
  return names === 'catalog' ? new CatalogNames(graph) : migrationNames(graph, platform);
}
