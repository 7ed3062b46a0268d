import type { EntityOf } from '../graph/entities/index.ts';
import { isNeverNull } from '../graph/nullability.ts';
import { constantOf } from '../graph/query-shapes/operand.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { valueLikeNull } from '../graph/value-like-null.ts';
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
  const filled = columns.flatMap((column) => {
    const value = fillFor(graph, column);
    return value === undefined ? [] : [{ column, value }];
  });
  const isOne = columns.length === 1;
  const checkOf = (column: EntityOf<'column'>) => `${column.name}_is_set`;
  const alter = (action: (column: EntityOf<'column'>) => string) =>
    sql`alter table ${name} ${raw(isOne ? action(first) : `\n  ${columns.map(action).join(',\n  ')}`)};`.replace(
      ' \n',
      '\n',
    );
  const statements = [
    ...filled.map(
      ({ column, value }) => sql`update ${name} set ${column.name} = ${raw(value)} where ${column.name} is null;`,
    ),
    alter((each) => sql`add constraint ${checkOf(each)} check (${each.name} is not null) not valid`),
    alter((each) => sql`validate constraint ${checkOf(each)}`),
    alter((each) => sql`alter column ${each.name} set not null`),
    alter((each) => sql`drop constraint ${checkOf(each)}`),
  ];
  return { title: titleOf(filled, columns.length), safety: 'review', sql: statements.join('\n') };
}

/**
 * What the empty rows can be given without a change to who sees them: the default; where policies ask for the column, the value that is
 * to them what NULL is. None where the filled rows might collide in a unique key.
 */
function fillFor(graph: SchemaGraph, column: EntityOf<'column'>): string | undefined {
  if (column.default === null || !isNeverNull(graph, column.default)) return undefined;
  const keys = graph.ownedBy(column.relation, 'index').filter(({ isUnique }) => isUnique);
  if (keys.some((each) => each.keys.some((key) => key.column === column.id))) return undefined;
  const alike = valueLikeNull(graph, column);
  if (alike === 'none') return undefined;
  return alike === 'any' || alike === constantOf(column.default.tree) ? 'default' : alike;
}

function titleOf(filled: readonly { readonly value: string }[], all: number): string {
  if (filled.length === 0) return 'Forbid NULL (fails while rows hold NULL: fill or delete those first)';
  const isDefault = filled.every(({ value }) => value === 'default');
  const values = isDefault ? `the default${all === 1 ? '' : 's'}` : 'what they are taken for now';
  if (filled.length === all)
    return `Fill the empty rows with ${isDefault || all === 1 ? values : `the defaults, or ${values}`}, then forbid NULL`;
  const value = isDefault ? 'the default where there is one' : `the default, or ${values}, where that is safe`;
  return `Fill the empty rows with ${value}, then forbid NULL (fails while rows hold NULL elsewhere)`;
}
