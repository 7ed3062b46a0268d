import type { EntityOf } from '../graph/entities/index.ts';
import { isNeverNull } from '../graph/nullability.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { sql } from './sql.ts';

/** The fix that forbids NULL. With a validated CHECK in place, SET NOT NULL need not read the table again while it holds its lock (docs, ALTER TABLE, notes). */
export function forbidNull(graph: SchemaGraph, column: EntityOf<'column'>): Fix {
  const { name } = graph.get('table', column.relation);
  const hasFill = column.default !== null && isNeverNull(graph, column.default);
  const check = `${column.name}_is_set`;
  const statements = [
    ...(hasFill ? [sql`update ${name} set ${column.name} = default where ${column.name} is null;`] : []),
    sql`alter table ${name} add constraint ${check} check (${column.name} is not null) not valid;`,
    sql`alter table ${name} validate constraint ${check};`,
    sql`alter table ${name} alter column ${column.name} set not null;`,
    sql`alter table ${name} drop constraint ${check};`,
  ];
  return {
    title: hasFill
      ? 'Fill the empty rows with the default, then forbid NULL'
      : 'Forbid NULL (fails while rows hold NULL: fill or delete those first)',
    safety: 'review',
    sql: statements.join('\n'),
  };
}
