import type { NameSource } from '../../graph/binding/name-source.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadPlatform, type PlatformName } from '../../platform/platform.ts';
import { InstalledNames } from './installed-names.ts';
import { NameLookup } from './name-lookup.ts';

/** Names as the first statement of a new migration finds them. */
export function migrationNames(graph: SchemaGraph, name: PlatformName): NameSource {
  const platform = loadPlatform(name);
  const { searchPath } = platform;
  const role = graph.global('role', platform.sessionRole)?.id ?? (0 as EntityId);
  const session = {
    searchPath,
    role,
    user: role,
    settings: new Map(),
    transaction: null,
    defaults: { searchPath, user: role },
  };
  return new NameLookup(graph, session, new InstalledNames(graph, platform.placedExtensions));
}
