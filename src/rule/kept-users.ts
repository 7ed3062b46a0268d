import { clearedAccounts, clearing } from '../graph/deletes/cleared-accounts.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { isAuthUsers } from '../graph/lexicon/table-roles.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { rowOfEachUser } from '../graph/sign-up/rows-at-sign-up.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { deleteAction } from './delete-action.ts';
import { type Fix, relatedAt } from './finding.ts';
import { andList, brief, orList, rowOf } from './prose.ts';
import type { AuditSettings } from './rule.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** What keeps users until a function has cleared it, where one does: one finding for each function, none where it runs by itself. */
export function clearedFirst(graph: SchemaGraph, keys: readonly ForeignKey[]) {
  const cleared = clearedAccounts(graph);
  const alone = new Set(cleared.filter(({ isTrigger }) => isTrigger).flatMap((each) => each.keys));
  const told = new Set<ForeignKey>();
  const findings = cleared.flatMap((each) => {
    const left = each.keys.filter((key) => keys.includes(key) && !alone.has(key) && !told.has(key));
    const sorted = left.sort((a, b) => (graph.path(a) < graph.path(b) ? -1 : 1));
    const [first, ...more] = sorted;
    if (first === undefined) return [];
    for (const key of sorted) told.add(key);
    const tables = [...new Set(sorted.map(({ table }) => brief(graph.get('table', table).name)))];
    return [
      {
        entity: first,
        message: 'cleared' as const,
        severity: 'low' as const,
        data: { tables: orList(tables), function: `${brief(each.routine.name)}()` },
        related: more.flatMap((key) => relatedAt(key, placeText(graph, key))),
      },
    ];
  });
  return { keys: new Set([...alone, ...told]), findings };
}

function placeText(graph: SchemaGraph, { table, columns }: ForeignKey): string {
  return `${brief(graph.get('table', table).name)}.${graph.columnsText(columns)}`;
}

/** The function that clears what else keeps a user and leaves these rows: ` purge() …`; empty where there is none. */
export function leftByClearing(graph: SchemaGraph): string {
  const names = clearedAccounts(graph).map(({ routine }) => `${brief(routine.name)}()`);
  if (names.length === 0) return '';
  return ` ${andList(names, 2)} ${names.length === 1 ? 'clears' : 'clear'} other rows of the user first and ${names.length === 1 ? 'leaves' : 'leave'} these.`;
}

/** A RESTRICT key of a row that a trigger makes for each new user: it keeps every user, which is hardly meant. Not where a function clears it. */
export function keptFromTheFirstDay(graph: SchemaGraph, key: ForeignKey, settings: AuditSettings) {
  const [id, another] = key.columns;
  const parent = graph.get('table', key.referencedTable);
  if (key.onDelete !== 'restrict' || id === undefined || another !== undefined || !isAuthUsers(parent.name))
    return undefined;
  const column = graph.get('column', id);
  const made = rowOfEachUser(graph, column);
  if (made === undefined || clearing(graph, key).length > 0) return undefined;
  const { trigger, routine } = made;
  return {
    entity: key,
    message: 'signUp' as const,
    severity: 'high' as const,
    data: {
      function: `${brief(routine.name)}()`,
      row: rowOf(brief(graph.get('table', key.table).name)),
      column: quoteIdentifier(column.name),
    },
    related: relatedAt(trigger, `the trigger ${quoteIdentifier(trigger.name)}`),
    fix: () => {
      const ground = { isList: false, isBlocked: false, isUsual: false, restricting: [] };
      return unlessKeeping(deleteAction(key, graph, settings, ground));
    },
  };
}

/** Does a fix of a key go on refusing the DELETE? */
export function isKeeping(fix: Fix | undefined): boolean {
  return fix !== undefined && /\bon delete restrict\b/.test(fix.sql);
}

/** A fix that lets the DELETE through. */
export function unlessKeeping(fix: Fix | undefined): Fix | undefined {
  return isKeeping(fix) ? undefined : fix;
}
