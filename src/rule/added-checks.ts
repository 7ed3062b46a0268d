import type { EntityOf } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { type RawSql, sql } from './sql.ts';

/** A CHECK that a fix adds. */
export interface AddedCheck {
  /** Wished for; another is taken where the table has a constraint of that name. */
  readonly name: string;
  readonly condition: RawSql;
}

/**
 * The SQL that adds CHECKs to a table: first NOT VALID, which only new rows must pass and which waits for nobody's reading,
 * then VALIDATE, which fails while an old row does not pass.
 */
export function addedChecks(graph: SchemaGraph, table: EntityOf<'table'>, checks: readonly AddedCheck[]): string {
  const taken = new Set<string>();
  const named = checks.map(({ name, condition }) => {
    let free = name;
    for (let n = 2; taken.has(free) || graph.constraint(table.id, free) !== undefined; n++) free = `${name}_${n}`;
    taken.add(free);
    return { name: free, condition };
  });
  return [
    ...named.map(
      ({ name, condition }) => sql`alter table ${table.name} add constraint ${name} check (${condition}) not valid;`,
    ),
    ...named.map(({ name }) => sql`alter table ${table.name} validate constraint ${name};`),
  ].join('\n');
}
