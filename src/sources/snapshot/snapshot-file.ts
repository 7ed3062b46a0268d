import type { EntityKind } from '../../graph/entities/index.ts';
import { definition, type JsonSchema, objectSchema } from './codec.ts';
import { EXPRESSION_SCHEMA } from './expression.ts';
import { FACTS, SNAPSHOT_KINDS } from './facts.ts';
import type { Json } from './json.ts';
import { PLACE_PATTERN, PLATFORM_WORD } from './places.ts';
import { ACL_SCHEMA, anyEntity, NAME_SCHEMA, TYPE_SCHEMA } from './references.ts';
import { STATISTICS_SCHEMA, type WrittenStatistics } from './statistics-json.ts';
import { lines, TEXT_SCHEMA } from './text.ts';

/** Of the format: it grows by one when an older ddlint could not read a file any more. */
export const SNAPSHOT_VERSION = 1;
export const SNAPSHOT_FORMAT = 'ddlint snapshot';

/** Larger files are not read. A catalog of 20,000 tables has about 60 MB. */
export const MAX_SNAPSHOT_BYTES = 128 * 1024 * 1024;

/** Where the names of expressions were looked up: as a catalog prints them, or on the platform's search_path. */
export type SnapshotNames = 'catalog' | 'migrations';

export interface WrittenDoubt {
  readonly what: string;
  readonly at?: string;
  readonly aspects: readonly string[] | 'anything';
  readonly reach: 'any' | { readonly entities: readonly string[] } | { readonly schemas: readonly string[] };
}

/** What every entity has besides the facts of its kind. */
export interface WrittenEntity {
  /** What names it among those of its kind, and what others point at it by. */
  readonly key: string;
  readonly comment?: Json;
  /** The key of the one it belongs to. */
  readonly extension?: string;
  readonly isAssumed?: true;
  readonly origin?: string;
  /** By fact; '' for a catalog. */
  readonly setBy?: Readonly<Record<string, string>>;
  /** How many of the doubts were there when it was made. */
  readonly after?: number;
}

export interface SnapshotFile {
  readonly format: typeof SNAPSHOT_FORMAT;
  readonly version: number;
  readonly ddlint: string;
  readonly source: {
    readonly names: SnapshotNames;
    readonly platform: 'supabase' | 'postgres';
    readonly exposedSchemas: readonly string[];
    readonly extraSearchPath?: readonly string[];
    readonly migrationTool: string;
    readonly privileges: boolean;
    readonly server?: string;
  };
  /** What could not be read, a sentence each. */
  readonly notChecked: readonly string[];
  readonly notUnderstood: readonly { readonly what: string; readonly at?: string }[];
  readonly doubts: readonly WrittenDoubt[];
  readonly statistics?: WrittenStatistics;
  /** By kind, in the order in which they were made. */
  readonly objects: { readonly [K in EntityKind]?: readonly WrittenEntity[] };
}

const placeSchema: JsonSchema = {
  type: 'string',
  pattern: PLACE_PATTERN,
  description: 'file:line:column, both from 1.',
};
const place = definition('place');
const origin = definition('origin');
const originSchema: JsonSchema = {
  anyOf: [{ const: PLATFORM_WORD }, place],
  description: 'Where it was made; left out for what a catalog holds and the platform did not bring.',
};
const texts: JsonSchema = { type: 'array', items: { type: 'string' } };

const common = {
  key: { type: 'string', description: 'What others point at it by.' },
  comment: lines.schema,
  extension: { type: 'string', description: 'The extension it belongs to.' },
  isAssumed: { const: true, description: 'Nothing created it: only its name is known, and the facts in setBy.' },
  origin,
  setBy: { type: 'object', additionalProperties: { anyOf: [{ const: '' }, origin] } },
  after: { type: 'integer', minimum: 1, description: 'Made after so many of the doubts, which do not concern it.' },
};

const doubt: JsonSchema = objectSchema(
  {
    what: { type: 'string' },
    at: place,
    aspects: { anyOf: [{ const: 'anything' }, texts] },
    reach: {
      anyOf: [
        { const: 'any' },
        objectSchema({ entities: { type: 'array', items: anyEntity.schema } }),
        objectSchema({ schemas: texts }),
      ],
    },
  },
  ['what', 'aspects', 'reach'],
);

function kindSchema(kind: EntityKind): JsonSchema {
  const codecs: Readonly<Record<string, { readonly schema: JsonSchema }>> = FACTS[kind];
  const facts = Object.fromEntries(Object.entries(codecs).map(([name, codec]) => [name, codec.schema]));
  return { type: 'array', items: objectSchema({ ...common, ...facts }, ['key']) };
}

/** What stands in many places. */
const DEFINITIONS: Readonly<Record<string, JsonSchema>> = {
  text: TEXT_SCHEMA,
  expression: EXPRESSION_SCHEMA,
  name: NAME_SCHEMA,
  type: TYPE_SCHEMA,
  acl: ACL_SCHEMA,
  place: placeSchema,
  origin: originSchema,
};

/** JSON Schema (draft 7) of a snapshot: what schemas/snapshot.schema.json holds. */
export const SNAPSHOT_SCHEMA: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'ddlint snapshot',
  description:
    'A database schema as `ddlint snapshot` writes it. Expressions are SQL, whose names are resolved when it is read; facts that have their usual value are left out.',
  ...objectSchema(
    {
      format: { const: SNAPSHOT_FORMAT },
      version: { const: SNAPSHOT_VERSION },
      ddlint: { type: 'string', description: 'The version of ddlint that wrote it.' },
      source: objectSchema(
        {
          names: {
            enum: ['catalog', 'migrations'],
            description: 'Names without a schema: pg_catalog only, or what the search_path of migrations finds.',
          },
          platform: { enum: ['supabase', 'postgres'] },
          exposedSchemas: texts,
          extraSearchPath: {
            ...texts,
            description:
              'Where the API looks for names besides the schema of a request; left out where the project does not say.',
          },
          migrationTool: { type: 'string' },
          privileges: { type: 'boolean', description: 'Whether privileges could be read.' },
          server: { type: 'string', description: 'The server, with its version.' },
        },
        ['names', 'platform', 'exposedSchemas', 'migrationTool', 'privileges'],
      ),
      notChecked: texts,
      notUnderstood: { type: 'array', items: objectSchema({ what: { type: 'string' }, at: place }, ['what']) },
      doubts: { type: 'array', items: doubt },
      statistics: STATISTICS_SCHEMA,
      objects: objectSchema(Object.fromEntries(SNAPSHOT_KINDS.map((kind) => [kind, kindSchema(kind)])), []),
    },
    ['format', 'version', 'ddlint', 'source', 'notChecked', 'notUnderstood', 'doubts', 'objects'],
  ),
  definitions: DEFINITIONS,
};
