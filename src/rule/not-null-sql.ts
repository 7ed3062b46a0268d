import type { EntityOf } from '../graph/entities/index.ts';
import { isPlaceName } from '../graph/lexicon/column-roles.ts';
import { isNeverNull } from '../graph/nulls/nullability.ts';
import { valueLikeNull } from '../graph/nulls/value-like-null.ts';
import { isCurrentTime } from '../graph/query-shapes/current-time.ts';
import { constantOf } from '../graph/query-shapes/operand.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { andList } from './prose.ts';
import { raw, sql } from './sql.ts';

/** The fix that forbids NULL in one column; see `forbidNulls`. */
export function forbidNull(graph: SchemaGraph, column: EntityOf<'column'>): Fix {
  return forbidNulls(graph, [column]);
}

/**
 * The fix that forbids NULL in columns of one table. With a validated CHECK in place, SET NOT NULL need not read the table again while it holds its lock
 * (docs, ALTER TABLE, notes).
 */
export function forbidNulls(graph: SchemaGraph, columns: readonly EntityOf<'column'>[]): Fix {
  const [first] = columns;
  if (first === undefined) throw new Error('no column to forbid NULL in');
  const { name } = graph.get('table', first.relation);
  const filled = columns.filter((each) => isFilledByDefault(graph, each));
  const isOne = columns.length === 1;
  const checkOf = (column: EntityOf<'column'>) => `${column.name}_is_set`;
  const alter = (action: (column: EntityOf<'column'>) => string) =>
    sql`alter table ${name} ${raw(isOne ? action(first) : `\n  ${columns.map(action).join(',\n  ')}`)};`.replace(
      ' \n',
      '\n',
    );
  const statements = [
    ...filled.map((each) => sql`update ${name} set ${each.name} = default where ${each.name} is null;`),
    alter((each) => sql`add constraint ${checkOf(each)} check (${each.name} is not null) not valid`),
    alter((each) => sql`validate constraint ${checkOf(each)}`),
    alter((each) => sql`alter column ${each.name} set not null`),
    alter((each) => sql`drop constraint ${checkOf(each)}`),
  ];
  return { title: titleOf(filled, columns.length), safety: 'review', sql: statements.join('\n') };
}

/**
 * Can the empty rows be given the default without a change to who sees them, and to what else is done with them: is it what NULL is to what asks for the
 * column? Not where the filled rows might collide in a unique key, nor where they would be said to be somewhere.
 */
function isFilledByDefault(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  if (column.default === null || !isNeverNull(graph, column.default)) return false;
  const keys = graph.ownedBy(column.relation, 'index').filter(({ isUnique }) => isUnique);
  if (keys.some((each) => each.keys.some((key) => key.column === column.id))) return false;
  if (startsTrigger(graph, column) || isPlaceName(graph, column)) return false;
  const alike = valueLikeNull(graph, column);
  return alike === 'any' || alike === constantOf(column.default.tree);
}

/** Does a trigger run for a change of this very column: what it does (a mail, a row elsewhere) is for a change that somebody makes. */
function startsTrigger(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  return graph
    .ownedBy(relation, 'trigger')
    .some(
      ({ events, updateColumns, when }) =>
        events.includes('update') &&
        (updateColumns.includes(id) || (when?.references ?? []).some(({ target }) => target === id)),
    );
}

function titleOf(filled: readonly EntityOf<'column'>[], all: number): string {
  if (filled.length === 0) return 'Forbid NULL (fails while rows hold NULL: fill or delete those first)';
  const clocks = filled.filter(({ default: given }) => given !== null && isCurrentTime(given.tree));
  const time =
    clocks.length === 0
      ? ''
      : ` (${andList(clocks.map(({ name }) => quoteIdentifier(name)))}: the time at which this is run)`;
  if (filled.length === all)
    return `Fill the empty rows with the default${all === 1 ? '' : 's'}${time}, then forbid NULL`;
  return `Fill the empty rows with the default where there is one and that is safe${time}, then forbid NULL (fails while rows hold NULL elsewhere)`;
}
