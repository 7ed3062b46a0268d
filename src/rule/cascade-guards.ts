import type { OrphanInserts } from '../graph/orphan-inserts.ts';
import { redefinition } from '../graph/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { PlStatement } from '../sql/plpgsql.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/** Rows are added for parents that are there: what was to go with the parent does not have to come. */
export function guardedInserts(
  graph: SchemaGraph,
  { function: called, inserts }: OrphanInserts,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const conditions = new Map<PlStatement, Set<string>>();
  for (const { ownKey, statement, values } of inserts) {
    const parent = graph.get('table', ownKey.referencedTable);
    const text = texts.get(statement.at.file);
    // Row security may hide the parent from whoever deletes a row.
    if (text === undefined || (called.security !== 'definer' && parent.rowSecurity)) return undefined;
    const tests = ownKey.columns.flatMap((id, at) => {
      const given = values.find(({ column }) => column === id)?.value;
      const own = ownKey.referencedColumns[at];
      if (given === undefined || given === null || own === undefined) return [];
      const { start, end } = expressionRange(given, text);
      return sql`${parent.name.name}.${graph.get('column', own).name} = ${raw(text.slice(start, end))}`;
    });
    if (tests.length < ownKey.columns.length) return undefined;
    const own = conditions.get(statement) ?? new Set<string>();
    conditions.set(statement, own.add(sql`exists (select 1 from ${parent.name} where ${raw(tests.join(' and '))})`));
  }
  const insertions = [...conditions].flatMap(([{ at }, own]) => [
    { at: at.start, text: `if ${[...own].join(' and ')} then ` },
    { at: at.end, text: '; end if' },
  ]);
  const written = redefinition(called, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Add the row only while what it refers to is there', safety: 'review', sql: written };
}
