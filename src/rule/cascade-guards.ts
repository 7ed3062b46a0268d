import type { HoldingRows } from '../graph/deletes/held-parents.ts';
import type { UndoneSetNull } from '../graph/deletes/undone-set-nulls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import { bodyTree } from '../graph/routines/body-tree.ts';
import { breakBefore } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { OrphanInserts } from '../graph/triggers/orphan-inserts.ts';
import { display, quoteLiteral } from '../sql/name.ts';
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
  refused: readonly UndoneSetNull[],
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
    const isPassed = `${isUpdate}${emptied(columns)}pg_trigger_depth() > 1 and ${isGone(graph, key)}`;
    return `if ${isPassed} then${line}  return new;${line}end if;${line}`;
  });
  const written = redefined(graph, called, texts, [{ at: first.at.start, text: passes.join('') }]);
  return written === undefined
    ? undefined
    : { title: 'Let it pass where what the row referred to is gone', safety: 'review', sql: written };
}

/** The same for rows of tables whose triggers refuse each UPDATE and DELETE: they are emptied, or go, with what they refer to. */
export function passedTogether(
  graph: SchemaGraph,
  held: readonly HoldingRows[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const byFunction = groupedBy(held, ({ trigger }) => trigger.function);
  const written = [...byFunction].map(([id, rows]) => {
    const called = id === null ? undefined : graph.find(id);
    const tree = called?.kind === 'function' ? bodyTree(called) : undefined;
    const first = tree?.language === 'plpgsql' ? tree.block.body[0] : undefined;
    if (called?.kind !== 'function' || first === undefined) return undefined;
    if (rows.some(({ trigger }) => trigger.level !== 'row' || trigger.timing !== 'before')) return undefined;
    const isShared = graph
      .dependentsOfKind(called.id, 'trigger')
      .some(({ relation }) => relation !== rows[0]?.key.table);
    const line = breakBefore(texts, first.at);
    // In one order, whichever finding asks: the same fix is no other one.
    const passes = rows.map((each) => passOf(graph, each, isShared, line)).sort();
    return redefined(graph, called, texts, [{ at: first.at.start, text: passes.join('') }]);
  });
  if (written.some((each) => each === undefined)) return undefined;
  return {
    title: 'Let the rows go, or be emptied, with what they refer to (or say RESTRICT: then it stays)',
    safety: 'review',
    sql: written.join('\n'),
  };
}

/** NEW has the columns of its own table alone, and an expression that names another is an error even where it decides nothing. */
function passOf(graph: SchemaGraph, { key, action }: HoldingRows, isShared: boolean, line: string): string {
  const columns = (key.setColumns.length > 0 ? key.setColumns : key.columns).map((id) => graph.get('column', id));
  const { name } = graph.get('table', key.table);
  const ofTable = isShared ? ` and tg_relid = ${quoteLiteral(display(name))}::regclass` : '';
  const test = `${action === 'update' ? emptied(columns) : ''}pg_trigger_depth() > 1 and ${isGone(graph, key)}`;
  const pass = `  if ${test} then${line}    return ${action === 'update' ? 'new' : 'old'};${line}  end if;${line}`;
  return `if tg_op = '${action.toUpperCase()}'${ofTable} then${line}${pass}end if;${line}`;
}

/** The key's action empties these columns of the row. */
function emptied(columns: readonly EntityOf<'column'>[]): string {
  return columns.map(({ name }) => sql`old.${name} is not null and new.${name} is null and `).join('');
}

/** What the row referred to is there no longer. */
function isGone(graph: SchemaGraph, key: EntityOf<'foreignKey'>): string {
  const parent = graph.get('table', key.referencedTable);
  const same = key.columns.map((id, at) => {
    const own = graph.get('column', key.referencedColumns[at] ?? id).name;
    return sql`${parent.name.name}.${own} = old.${graph.get('column', id).name}`;
  });
  return sql`not exists (select 1 from ${parent.name} where ${raw(same.join(' and '))})`;
}
