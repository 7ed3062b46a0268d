import type { EntityOf } from '../graph/entities/index.ts';
import { isNeverNull } from '../graph/nullability.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
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
  const filled = columns.filter((each) => each.default !== null && isNeverNull(graph, each.default));
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
  return { title: titleOf(filled.length, columns.length), safety: 'review', sql: statements.join('\n') };
}

function titleOf(filled: number, all: number): string {
  if (filled === 0) return 'Forbid NULL (fails while rows hold NULL: fill or delete those first)';
  if (filled === all) return `Fill the empty rows with the default${all === 1 ? '' : 's'}, then forbid NULL`;
  return 'Fill the empty rows with the default where there is one, then forbid NULL (fails while rows hold NULL elsewhere)';
}
