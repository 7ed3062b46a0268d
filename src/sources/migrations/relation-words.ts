import type { Relation } from '../../graph/entities/index.ts';

const WORDS: Readonly<Record<Relation['kind'], string>> = {
  compositeType: 'a composite type',
  foreignTable: 'a foreign table',
  index: 'an index',
  materializedView: 'a materialized view',
  sequence: 'a sequence',
  table: 'a table',
  view: 'a view',
};

/** Postgres' words for a relation of another kind than the statement takes: `"v" is not a table`. */
export function isNot(name: string, ...kinds: readonly Relation['kind'][]): string {
  return `"${name}" is not ${kinds.map((kind) => WORDS[kind]).join(' or ')}`;
}

/** `a materialized view` */
export function kindWords(kind: Relation['kind']): string {
  return WORDS[kind];
}
