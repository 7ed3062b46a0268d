import type { EntityOf } from '../graph/entities/index.ts';
import { deletionMark } from '../graph/lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isCaseInsensitive, typeClass } from '../graph/types/type-class.ts';
import { dropServed, servedIndexes, servedText } from './drop-index.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/** Names of columns that hold e-mail addresses as they are written to. */
export const ADDRESSES: NamePatterns = ['email', 'email_address'];

/** The fix that adds a unique key: of addresses in small letters, of rows that are not marked as deleted, and in the place of indexes that it serves as well. */
export function addedUniqueKey(graph: SchemaGraph, table: EntityOf<'table'>, key: readonly EntityOf<'column'>[]): Fix {
  const [only] = key;
  const isEmail = key.length === 1 && only !== undefined && isNamed(only.name, ADDRESSES);
  const isFolded = isEmail && !isCaseInsensitive(graph, only.type);
  const names = key.map((each) => each.name);
  // What is marked as deleted does not keep its name.
  const mark = deletionMark(graph, table.id);
  // Without the rows that are marked, the key stands in for no index over all: foreign keys and lists of what was deleted go by these.
  const served = isFolded || mark !== undefined ? [] : servedIndexes(graph, table.id, key);
  const isFlag = mark !== undefined && typeClass(graph, mark.type) === 'boolean';
  const live =
    mark === undefined ? '' : isFlag ? sql` where ${mark.name} is not true` : sql` where ${mark.name} is null`;
  const added = isFolded
    ? sql`create unique index on ${table.name} (lower(${only.name}))${raw(live)};`
    : live === ''
      ? sql`alter table ${table.name} add unique (${names});`
      : sql`create unique index on ${table.name} (${names})${raw(live)};`;
  const drops = served.map(dropServed);
  return {
    title: `Add the unique key${servedText(served)} (fails while there are duplicates: mend those first)`,
    safety: 'review',
    sql: [added, ...drops].join('\n'),
  };
}
