import { entityName } from '../../graph/difference/entity-key.ts';
import type { Entity } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { Doubt } from '../../graph/journal.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { withoutSecrets } from '../../sql/secrets.ts';
import type { Reading } from '../source.ts';
import { type NamedGraph, writeFacts } from './codec.ts';
import { factCodecs, SNAPSHOT_KINDS } from './facts.ts';
import { isArray, isObject, type Json, printJson } from './json.ts';
import { namesOf } from './names.ts';
import { WrittenPlaces } from './places.ts';
import { addressOf } from './references.ts';
import {
  SNAPSHOT_FORMAT,
  SNAPSHOT_VERSION,
  type SnapshotFile,
  type SnapshotNames,
  type WrittenDoubt,
  type WrittenEntity,
} from './snapshot-file.ts';
import { statisticsAsJson } from './statistics-json.ts';
import { lines } from './text.ts';

export interface SnapshotOptions {
  /** The version that writes. */
  readonly ddlint: string;
  /** Keep what the server counted: it changes with every minute, the schema does not. */
  readonly statistics: boolean;
  /** Where names were looked up, where the reading does not tell. */
  readonly names?: SnapshotNames;
}

/**
 * The schema of a reading as the text of a snapshot: no row, no statement of a file, no key or password, and the same bytes
 * for the same schema.
 */
export function writeSnapshot(reading: Reading, options: SnapshotOptions): string {
  return printJson(withoutSecretTexts(snapshotFile(reading, options) as unknown as Json));
}

function snapshotFile(reading: Reading, options: SnapshotOptions): SnapshotFile {
  const names = options.names ?? (reading.provides.has('history') ? 'migrations' : 'catalog');
  const { graph, platform, exposedSchemas, migrationTool, provides } = reading;
  const places = new WrittenPlaces(reading.texts);
  const keys = keysOf(graph);
  const keyOf = (entity: Entity): string => keys.get(entity.id) ?? '';
  const doubts = reading.doubts.toSorted((a, b) => a.before - b.before);
  const write = entityWriter({ graph, names: namesOf(names, graph, platform) }, keyOf, places, doubts);
  const objects = SNAPSHOT_KINDS.flatMap((kind) => {
    const entities = [...graph.ofKind(kind)].sort((a, b) => a.id - b.id);
    return entities.length === 0 ? [] : [[kind, entities.map(write)]];
  });
  const { statistics } = graph;
  const addresses = (id: EntityId): string => addressOf(graph.find(id) as Entity, { keyOf });
  return {
    format: SNAPSHOT_FORMAT,
    version: SNAPSHOT_VERSION,
    ddlint: options.ddlint,
    source: {
      names,
      platform,
      exposedSchemas,
      ...(graph.extraSearchPath === undefined ? {} : { extraSearchPath: graph.extraSearchPath }),
      migrationTool,
      privileges: provides.has('privileges'),
      ...(reading.server === undefined ? {} : { server: reading.server }),
    },
    notChecked: reading.notChecked ?? [],
    notUnderstood: reading.notUnderstood.map(({ what, at }) => ({ what, ...placed(places.of(at)) })),
    doubts: doubts.map((each) => doubtAsJson(each, graph, keyOf, places)),
    ...(options.statistics && statistics ? { statistics: statisticsAsJson(statistics, addresses) } : {}),
    objects: Object.fromEntries(objects),
  };
}

/** Keys, each once within its kind. */
function keysOf(graph: SchemaGraph): ReadonlyMap<EntityId, string> {
  const taken = new Set<string>();
  const keys = new Map<EntityId, string>();
  for (const entity of graph.all()) {
    const key = entityName(graph, entity);
    let free = key;
    for (let number = 2; taken.has(`${entity.kind}\0${free}`); number++) free = `${key} #${number}`;
    taken.add(`${entity.kind}\0${free}`);
    keys.set(entity.id, free);
  }
  return keys;
}

function entityWriter(
  named: NamedGraph,
  keyOf: (entity: Entity) => string,
  places: WrittenPlaces,
  doubts: readonly Doubt[],
): (entity: Entity) => WrittenEntity {
  return (entity) => {
    const writing = { ...named, entity, keyOf };
    const extension = entity.extension === undefined ? undefined : named.graph.find(entity.extension);
    const origin = places.ofOrigin(entity.origin);
    const setBy = setByAsJson(entity, places);
    const after = doubts.filter(({ before }) => before <= entity.id).length;
    return {
      key: keyOf(entity),
      ...writeFacts(factCodecs(entity.kind), entity, writing),
      ...(entity.comment === null ? {} : { comment: lines.write(entity.comment, writing) ?? '' }),
      ...(extension === undefined ? {} : { extension: keyOf(extension) }),
      ...(entity.isAssumed ? { isAssumed: true as const } : {}),
      ...(origin === undefined ? {} : { origin }),
      ...(Object.keys(setBy).length === 0 ? {} : { setBy }),
      ...(after === 0 ? {} : { after }),
    };
  };
}

/** Facts that a later statement set; of an assumed entity those are the known ones, wherever they come from. */
function setByAsJson(entity: Entity, places: WrittenPlaces): Readonly<Record<string, string>> {
  const written = Object.entries(entity.setBy).map(([fact, origin]) => [fact, places.ofOrigin(origin) ?? '']);
  return Object.fromEntries(written.filter(([, place]) => place !== '' || entity.isAssumed === true).sort(byName));
}

function byName([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : 1;
}

function doubtAsJson(
  { what, at, aspects, reach }: Doubt,
  graph: SchemaGraph,
  keyOf: (entity: Entity) => string,
  places: WrittenPlaces,
): WrittenDoubt {
  const addresses = (ids: readonly EntityId[]): readonly string[] =>
    ids.flatMap((id) => {
      const entity = graph.find(id);
      return entity === undefined ? [] : [addressOf(entity, { keyOf })];
    });
  return {
    what,
    ...placed(places.of(at)),
    aspects,
    reach: reach === 'any' || 'schemas' in reach ? reach : { entities: addresses(reach.entities) },
  };
}

function placed(at: string | undefined): { readonly at?: string } {
  return at === undefined ? {} : { at };
}

function withoutSecretTexts(json: Json): Json {
  if (typeof json === 'string') return withoutSecrets(json);
  if (isArray(json)) return json.map(withoutSecretTexts);
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withoutSecretTexts(value)]));
}
