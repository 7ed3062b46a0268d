import type { RefusedSetNull } from '../graph/deletes/refused-set-nulls.ts';
import { bodyTree } from '../graph/routines/body-tree.ts';
import { breakBefore } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { OrphanInserts } from '../graph/triggers/orphan-inserts.ts';
import type { PlStatement } from '../sql/plpgsql.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix } from './finding.ts';
import { onlyIf, redefined } from './redefined.ts';
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
  const insertions = [...conditions].flatMap(([{ at }, own]) => onlyIf(at, [...own].join(' and ')));
  const written = redefined(graph, called, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Add the row only while what it refers to is there', safety: 'review', sql: written };
}

/**
 * Lets the row pass whose column the key's action empties: the trigger runs inside one of the key's, and the row it referred to is gone, which the key
 * allows at no other time.
 */
export function passedForGone(
  graph: SchemaGraph,
  refused: readonly RefusedSetNull[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const called = refused[0]?.function;
  const tree = called && bodyTree(called);
  const first = tree?.language === 'plpgsql' ? tree.block.body[0] : undefined;
  if (called === undefined || first === undefined) return undefined;
  const triggers = graph.dependentsOfKind(called.id, 'trigger');
  if (triggers.some(({ relation }) => relation !== refused[0]?.key.table)) return undefined;
  const isUpdate = triggers.some(({ events }) => events.some((each) => each !== 'update'))
    ? "tg_op = 'UPDATE' and "
    : '';
  const line = breakBefore(texts, first.at);
  const passes = refused.map(({ key, columns }) => {
    const parent = graph.get('table', key.referencedTable);
    const nulls = columns.map(({ name }) => sql`old.${name} is not null and new.${name} is null and `).join('');
    const same = key.columns.map((id, at) => {
      const own = graph.get('column', key.referencedColumns[at] ?? id).name;
      return sql`${parent.name.name}.${own} = old.${graph.get('column', id).name}`;
    });
    const gone = sql`not exists (select 1 from ${parent.name} where ${raw(same.join(' and '))})`;
    return `if ${isUpdate}${nulls}pg_trigger_depth() > 1 and ${gone} then${line}  return new;${line}end if;${line}`;
  });
  const written = redefined(graph, called, texts, [{ at: first.at.start, text: passes.join('') }]);
  return written === undefined
    ? undefined
    : { title: 'Let it pass where what the row referred to is gone', safety: 'review', sql: written };
}
