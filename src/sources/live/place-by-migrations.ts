import { compareGraphs } from '../../graph/difference/compare-graphs.ts';
import { entityKey } from '../../graph/difference/entity-key.ts';
import type { Entity } from '../../graph/entities/index.ts';
import { addTo } from '../../graph/grouping.ts';
import { CATALOG, type Origin } from '../../graph/origin.ts';
import type { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';

/** Facts that say little about which statement made the object: grants and owners are often set elsewhere. */
const APART = ['acl', 'owner', 'comment'];

/**
 * Gives the objects of a catalog the places of the migrations that made them. One that is not as its migration has it was
 * changed by something else, so it stays where it is: the line would not show what is wrong.
 */
export function placeByMigrations(builder: SchemaBuilder, replayed: SchemaGraph, serverMajor: number): void {
  const { graph } = builder;
  const differing = new Map<string, string[]>();
  for (const { kind, path, fact } of compareGraphs(replayed, graph, { serverMajor })) {
    if (fact === null) continue;
    const key = `${kind}\0${path}`;
    addTo(differing, key, fact);
  }
  const twins = new Map([...replayed.all()].map((each) => [entityKey(replayed, each), each]));
  for (const entity of [...graph.all()]) {
    const twin = twins.get(entityKey(graph, entity));
    if (entity.origin.from !== 'catalog' || twin?.origin.from !== 'statement' || twin.isAssumed) continue;
    const facts = differing.get(`${entity.kind}\0${graph.path(entity)}`) ?? [];
    if (facts.some((each) => !APART.includes(each))) continue;
    builder.place(entity, twin.origin, setBy(twin, facts));
  }
}

function setBy(twin: Entity, differing: readonly string[]): Readonly<Record<string, Origin>> {
  return { ...twin.setBy, ...Object.fromEntries(differing.map((fact) => [fact, CATALOG])) };
}
