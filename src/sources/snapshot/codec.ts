import type { NameSource } from '../../graph/binding/name-source.ts';
import type { Entity, EntityKind } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { Json, JsonObject } from './json.ts';

/** A JSON Schema (draft 7). */
export type JsonSchema = JsonObject;

/** A graph in which expressions find what they name. */
export interface NamedGraph {
  readonly graph: SchemaGraph;
  readonly names: NameSource;
}

/** An entity that is being written. */
export interface Writing extends NamedGraph {
  readonly entity: Entity;
  /** What names an entity among those of its kind. */
  readonly keyOf: (entity: Entity) => string;
}

/** An entity that is being read. */
export interface Resolving {
  /** @throws SourceError when there is no such entity */
  readonly idOf: (kind: EntityKind, key: string) => EntityId;
  /**
   * Null in the first pass: expressions stay without meaning until everything that they may name is there. In the second, all
   * entities, and the one that is being read.
   */
  readonly whole: (NamedGraph & { readonly entity: Entity }) | null;
}

/** Where the schema of something that stands in many places is: see `DEFINITIONS` in snapshot-file.ts. */
export function definition(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}

/** How one fact of an entity is written and read. A fact that is left out has the value `read` gives for undefined. */
export interface Codec<T> {
  readonly schema: JsonSchema;
  readonly write: (value: T, writing: Writing) => Json | undefined;
  /** What it is given satisfies `schema`, or was left out. */
  readonly read: (json: Json | undefined, resolving: Resolving) => T;
}

/** A fact that JSON says as it is. */
export function plain<T extends string | number | boolean>(schema: JsonSchema): Codec<T> {
  return { schema, write: (value) => value, read: (json) => json as T };
}

export const text = plain<string>({ type: 'string' });
export const count = plain<number>({ type: 'integer' });

export function oneOf<T extends string>(...values: readonly T[]): Codec<T> {
  return plain<T>({ enum: values });
}

/** Left out where it is what it mostly is. */
export function unless<T extends string | number | boolean>(usual: T, codec: Codec<T>): Codec<T> {
  return {
    schema: codec.schema,
    write: (value, writing) => (value === usual ? undefined : codec.write(value, writing)),
    read: (json, resolving) => (json === undefined ? usual : codec.read(json, resolving)),
  };
}

export const isTrue = unless(false, plain<boolean>({ type: 'boolean' }));
export const isFalse = unless(true, plain<boolean>({ type: 'boolean' }));

/** Left out for null. */
export function orNull<T>(codec: Codec<T>): Codec<T | null> {
  return {
    schema: codec.schema,
    write: (value, writing) => (value === null ? undefined : codec.write(value, writing)),
    read: (json, resolving) => (json === undefined ? null : codec.read(json, resolving)),
  };
}

/** Left out where it is empty. */
export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  const whole = listEvenIfEmpty(codec);
  return { ...whole, write: (values, writing) => (values.length === 0 ? undefined : whole.write(values, writing)) };
}

export function listEvenIfEmpty<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    schema: { type: 'array', items: codec.schema },
    write: (values, writing) => values.map((each) => codec.write(each, writing) ?? null),
    read: (json, resolving) => ((json ?? []) as readonly Json[]).map((each) => codec.read(each, resolving)),
  };
}

export type Codecs<T> = { readonly [P in keyof T]-?: Codec<T[P]> };

/** Facts that stand together. `required` are those that are never left out. */
export function record<T extends object>(codecs: Codecs<T>, required: readonly (keyof T & string)[]): Codec<T> {
  const names = Object.keys(codecs) as (keyof T & string)[];
  return {
    schema: objectSchema(Object.fromEntries(names.map((name) => [name, codecs[name].schema])), required),
    write: (value, writing) => writeFacts(codecs, value, writing),
    read: (json, resolving) => readFacts(codecs, json as JsonObject, resolving),
  };
}

export function writeFacts<T extends object>(codecs: Codecs<T>, value: T, writing: Writing): JsonObject {
  const written: Record<string, Json> = {};
  for (const name of Object.keys(codecs) as (keyof T & string)[]) {
    const json = codecs[name].write(value[name], writing);
    if (json !== undefined) written[name] = json;
  }
  return written;
}

export function readFacts<T extends object>(codecs: Codecs<T>, json: JsonObject, resolving: Resolving): T {
  const facts: Partial<T> = {};
  for (const name of Object.keys(codecs) as (keyof T & string)[]) {
    const value = codecs[name].read(Object.hasOwn(json, name) ? json[name] : undefined, resolving);
    // A fact that may be absent is, and not undefined.
    if (value !== undefined) facts[name] = value;
  }
  return facts as T;
}

export function objectSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = Object.keys(properties),
): JsonSchema {
  return { type: 'object', additionalProperties: false, required, properties };
}
