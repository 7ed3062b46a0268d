import type { EntityId } from '../../graph/entity-id.ts';
import type { IndexStatistics, LiveStatistics, TableStatistics } from '../../graph/live-statistics.ts';
import type { Resolving } from './codec.ts';
import { type JsonSchema, objectSchema } from './codec.ts';
import { oneOfKinds, splitAddress } from './references.ts';

type Written<T> = Partial<T> & { readonly of: string };

/** Counters that are 0 are left out. */
export interface WrittenStatistics {
  readonly readAt: string;
  readonly since: string | null;
  readonly tables: readonly Written<TableStatistics>[];
  readonly indexes: readonly Written<IndexStatistics>[];
}

const NO_TABLE: TableStatistics = {
  rows: 0,
  bytes: 0,
  toastBytes: 0,
  averageRowBytes: null,
  deadRows: 0,
  changedSinceAnalyze: 0,
  sequentialScans: 0,
  sequentialRowsRead: 0,
  indexScans: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  lastAnalyzed: null,
  lastVacuumed: null,
  transactionAge: 0,
};

const NO_INDEX: IndexStatistics = { scans: 0, lastScan: null, bytes: 0 };

export function statisticsAsJson(
  { readAt, since, tables, indexes }: LiveStatistics,
  addressOf: (id: EntityId) => string,
): WrittenStatistics {
  return {
    readAt,
    since,
    tables: [...tables].map(([id, each]) => ({ of: addressOf(id), ...unlike(NO_TABLE, each) })),
    indexes: [...indexes].map(([id, each]) => ({ of: addressOf(id), ...unlike(NO_INDEX, each) })),
  };
}

export function statisticsFromJson(
  { readAt, since, tables, indexes }: WrittenStatistics,
  idOf: Resolving['idOf'],
): LiveStatistics {
  const entry = <T>(usual: T, { of, ...written }: Written<T>): readonly [EntityId, T] => [
    idOf(...splitAddress(of)),
    { ...usual, ...written },
  ];
  return {
    readAt,
    since,
    tables: new Map(tables.map((each) => entry<TableStatistics>(NO_TABLE, each))),
    indexes: new Map(indexes.map((each) => entry<IndexStatistics>(NO_INDEX, each))),
  };
}

function unlike<T extends object>(usual: T, value: T): Partial<T> {
  const facts = Object.entries(value).filter(([name, each]) => each !== usual[name as keyof T]);
  return Object.fromEntries(facts) as Partial<T>;
}

const moment: JsonSchema = { type: ['string', 'null'] };

function counters(of: JsonSchema, usual: object): JsonSchema {
  const facts = Object.keys(usual).map((name) => [name, /^last/.test(name) ? moment : { type: ['number', 'null'] }]);
  return { type: 'array', items: objectSchema({ of, ...Object.fromEntries(facts) }, ['of']) };
}

export const STATISTICS_SCHEMA: JsonSchema = {
  ...objectSchema({
    readAt: { type: 'string' },
    since: { ...moment, description: 'The counters count from then on, or from before.' },
    tables: counters(oneOfKinds('table', 'materializedView').schema, NO_TABLE),
    indexes: counters(oneOfKinds('index').schema, NO_INDEX),
  }),
  description: 'What the server counted, with --offline-stats. Counters of 0 are left out.',
};
