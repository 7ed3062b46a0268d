import { entityKey } from '../../graph/difference/entity-key.ts';
import type { Entity } from '../../graph/entities/index.ts';
import { PLATFORM } from '../../graph/origin.ts';
import type { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { Platform } from '../../platform/platform.ts';

/**
 * Marks what is the platform's: a catalog does not say who made an object.
 * @param provided the platform's objects as they are before the first migration
 */
export function markPlatformObjects(builder: SchemaBuilder, platform: Platform, provided: SchemaGraph): void {
  const { graph } = builder;
  const keys = new Set([...provided.all()].map((each) => entityKey(provided, each)));
  const wholes = new Map<Entity, boolean>();
  /** A part of what the platform does not bring is not brought by it either. */
  const isProvided = (each: Entity): boolean => {
    const whole = graph.parent(each);
    if (whole === undefined) return keys.has(entityKey(graph, each));
    const known = wholes.get(whole) ?? isProvided(whole);
    wholes.set(whole, known);
    return known && keys.has(entityKey(graph, each));
  };
  const owned = [...graph.all()].filter((each) => isProvided(each) || isPlatforms(each, graph, platform));
  for (const each of owned) builder.place(each, PLATFORM);
}

function isPlatforms(entity: Entity, graph: SchemaGraph, platform: Platform): boolean {
  switch (entity.kind) {
    case 'schema':
      return platform.isPlatformSchema(entity.name);
    case 'role':
      return platform.isPlatformRole(entity.name);
    case 'eventTrigger':
      return platform.platformEventTriggers.includes(entity.name);
    case 'policy':
      // Those that an extension made: pg_depend does not name them, as it does the table.
      return graph.parent(entity)?.extension !== undefined;
    case 'trigger': {
      // Users hang triggers with functions of their own on auth.users; other versions of the platform have others of its own.
      const called = entity.function === null ? undefined : graph.find(entity.function);
      return called !== undefined && [entity, called].every((each) => isInPlatformSchema(each, graph, platform));
    }
    case 'extension':
      return false;
    default:
      return isInPlatformSchema(entity, graph, platform);
  }
}

function isInPlatformSchema(entity: Entity, graph: SchemaGraph, platform: Platform): boolean {
  const schema = graph.schemaOf(entity);
  return schema !== undefined && platform.isPlatformSchema(schema);
}
