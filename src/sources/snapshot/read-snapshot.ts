import { SourceError } from '../../errors.ts';
import type { Capability } from '../../graph/capability.ts';
import type { Entity, EntityKind, EntityOf } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { Aspect, Doubt } from '../../graph/journal.ts';
import type { LiveStatistics } from '../../graph/live-statistics.ts';
import { SchemaBuilder, type SchemaContents } from '../../graph/schema-builder.ts';
import { loadParser } from '../../sql/parse.ts';
import type { NotUnderstood, Reading } from '../source.ts';
import { type Resolving, readFacts } from './codec.ts';
import { factCodecs, SNAPSHOT_KINDS } from './facts.ts';
import type { JsonObject } from './json.ts';
import { namesOf } from './names.ts';
import { PLATFORM_WORD, ReadPlaces } from './places.ts';
import { splitAddress } from './references.ts';
import type { SnapshotFile, WrittenDoubt, WrittenEntity } from './snapshot-file.ts';
import { statisticsFromJson } from './statistics-json.ts';
import { joinLines } from './text.ts';

/** A schema as a snapshot holds it. */
export interface SnapshotContents {
  readonly contents: SchemaContents;
  readonly doubts: readonly Doubt[];
  readonly notUnderstood: readonly NotUnderstood[];
  readonly texts: ReadonlyMap<string, string>;
  readonly statistics: LiveStatistics | undefined;
}

/**
 * The graph that a snapshot holds, to be adopted by a builder: equal to the one that was written, but for places inside
 * expressions.
 * @throws SourceError when it names what it does not have
 */
export async function snapshotContents(snapshot: SnapshotFile): Promise<SnapshotContents> {
  await loadParser();
  const entities = numbered(snapshot);
  const idOf = finder(entities);
  const places = new ReadPlaces(placesIn(snapshot));
  const unbound = entities.map((each) => readEntity(each, { idOf, whole: null }, places));
  const builder = new SchemaBuilder();
  builder.adopt({ entities: unbound, lastId: entities.length });
  const { graph } = builder;
  const names = namesOf(snapshot.source.names, graph, snapshot.source.platform);
  const bind = (each: Numbered): Entity => {
    const entity = graph.find(each.id) as Entity;
    return readEntity(each, { idOf, whole: { graph, names, entity } }, places);
  };
  // Whether all columns of a view are known tells its query.
  for (const each of entities) {
    if (each.kind !== 'view' && each.kind !== 'materializedView') continue;
    const { query } = bind(each) as EntityOf<'view' | 'materializedView'>;
    builder.alter(graph.get(each.kind, each.id), { query }, 'catalog');
  }
  const bound = entities.map(bind);
  return {
    contents: { entities: bound, lastId: entities.length },
    doubts: snapshot.doubts.map((doubt, index) => readDoubt(doubt, index, entities, idOf, places)),
    notUnderstood: snapshot.notUnderstood.map(({ what, at }) => ({ what, at: places.at(at) })),
    texts: places.texts,
    statistics: snapshot.statistics && statisticsFromJson(snapshot.statistics, idOf),
  };
}

/** What a snapshot says, as if it had been read from where it was made. */
export async function readSnapshot(snapshot: SnapshotFile): Promise<Reading> {
  return (await snapshotReading(snapshot)).reading;
}

/** With the builder, for what is known from elsewhere: where an object was made. */
export async function snapshotReading(
  snapshot: SnapshotFile,
): Promise<{ readonly reading: Reading; readonly builder: SchemaBuilder }> {
  const { contents, doubts, notUnderstood, texts, statistics } = await snapshotContents(snapshot);
  const builder = new SchemaBuilder();
  builder.adopt(contents, doubts);
  builder.servedWith(snapshot.source.extraSearchPath);
  if (statistics) builder.measure(statistics);
  const { graph, journal } = builder.build();
  const { platform, exposedSchemas, migrationTool, privileges, server } = snapshot.source;
  const reading: Reading = {
    graph,
    journal,
    migrations: [],
    statements: [],
    provides: new Set<Capability>([
      ...(privileges ? ['privileges' as const] : []),
      ...(statistics ? ['statistics' as const] : []),
    ]),
    texts,
    notUnderstood,
    doubts,
    counts: { files: 0, statements: 0, rejected: 0, passedOver: 0 },
    notes: [],
    platform,
    exposedSchemas,
    migrationTool,
    notChecked: snapshot.notChecked,
    ...(server === undefined ? {} : { server }),
  };
  return { reading, builder };
}

interface Numbered {
  readonly kind: EntityKind;
  readonly id: EntityId;
  readonly written: WrittenEntity;
  readonly after: number;
}

/** In the order they were made as far as that matters: within a kind, and before or after a doubt. */
function numbered({ objects }: SnapshotFile): readonly Numbered[] {
  const all = SNAPSHOT_KINDS.flatMap((kind) =>
    (objects[kind] ?? []).map((written) => ({ kind, written, after: written.after ?? 0 })),
  );
  return all.sort((a, b) => a.after - b.after).map((each, index) => ({ ...each, id: (index + 1) as EntityId }));
}

function finder(entities: readonly Numbered[]): Resolving['idOf'] {
  const ids = new Map<string, EntityId>();
  for (const { kind, id, written } of entities) {
    const address = `${kind} ${written.key}`;
    if (ids.has(address)) throw new SourceError(`The snapshot has two objects called ${address}.`);
    ids.set(address, id);
  }
  return (kind, key) => {
    const id = ids.get(`${kind} ${key}`);
    if (id === undefined) throw new SourceError(`The snapshot names a ${kind} ${key} that is not in it.`);
    return id;
  };
}

function readEntity({ kind, id, written }: Numbered, resolving: Resolving, places: ReadPlaces): Entity {
  const { comment, extension, isAssumed, origin, setBy } = written;
  const setByEntries = Object.entries(setBy ?? {}).map(([fact, place]) => [
    fact,
    places.origin(place === '' ? undefined : place),
  ]);
  return {
    ...readFacts(factCodecs(kind), written as unknown as JsonObject, resolving),
    kind,
    id,
    origin: places.origin(origin),
    setBy: Object.fromEntries(setByEntries),
    comment: comment === undefined ? null : joinLines(comment),
    ...(extension === undefined ? {} : { extension: resolving.idOf('extension', extension) }),
    ...(isAssumed ? { isAssumed } : {}),
  } as unknown as Entity;
}

function readDoubt(
  { what, at, aspects, reach }: WrittenDoubt,
  index: number,
  entities: readonly Numbered[],
  idOf: Resolving['idOf'],
  places: ReadPlaces,
): Doubt {
  return {
    what,
    at: places.at(at),
    aspects: aspects as readonly Aspect[] | 'anything',
    reach:
      reach === 'any' || 'schemas' in reach
        ? reach
        : { entities: reach.entities.map((address) => idOf(...splitAddress(address))) },
    before: entities.filter(({ after }) => after <= index).length + 1,
  };
}

function placesIn({ objects, doubts, notUnderstood }: SnapshotFile): ReadonlySet<string> {
  const written = [...doubts, ...notUnderstood].map(({ at }) => at);
  for (const kind of SNAPSHOT_KINDS) {
    for (const { origin, setBy } of objects[kind] ?? []) written.push(origin, ...Object.values(setBy ?? {}));
  }
  return new Set(
    written.flatMap((each) => (each === undefined || each === '' || each === PLATFORM_WORD ? [] : [each])),
  );
}
