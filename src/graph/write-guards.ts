import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import type { PlStatement } from '../sql/plpgsql.ts';
import { bodyTree } from './body-tree.ts';
import type { EntityOf } from './entities/index.ts';
import { constantOf } from './query-shapes/operand.ts';
import { eachStatement } from './query-shapes/pl-statements.ts';
import type { SchemaGraph } from './schema-graph.ts';

const CHANGES = ['update', 'delete'] as const;

/**
 * What a trigger or rule of the table may refuse: a function that raises an error, or returns NULL, on at least one way through
 * (or cannot be read); DO INSTEAD NOTHING. A trigger that looks at some rows or columns only counts as well.
 */
export function refusedChanges(graph: SchemaGraph, table: EntityOf<'table'>): ReadonlySet<'update' | 'delete'> {
  const triggers = guardsOf(graph, table)
    .filter(({ called }) => mayRefuse(called))
    .map(({ trigger }) => trigger);
  const rules = graph.ownedBy(table.id, 'rewriteRule').filter((each) => each.isInstead && each.actions.length === 0);
  return new Set(
    CHANGES.filter(
      (command) =>
        triggers.some((each) => each.events.includes(command)) || rules.some((each) => each.event === command),
    ),
  );
}

/**
 * Does no row of the table go, whoever deletes it, a cascade from another table included: a BEFORE DELETE trigger for each row
 * whose function raises an error on every way through?
 */
export function keepsEveryRow(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  return guardsOf(graph, table).some(({ trigger, called }) => {
    const { timing, level, events, when, enabled } = trigger;
    if (timing !== 'before' || level !== 'row' || !events.includes('delete') || when !== null) return false;
    const tree = bodyTree(called);
    return enabled !== 'replica' && tree.language === 'plpgsql' && refusesDelete([tree.block]);
  });
}

interface Guard {
  readonly trigger: EntityOf<'trigger'>;
  readonly called: EntityOf<'function'>;
}

function guardsOf(graph: SchemaGraph, table: EntityOf<'table'>): readonly Guard[] {
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger) => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    return trigger.enabled !== 'disabled' && called?.kind === 'function' ? [{ trigger, called }] : [];
  });
}

/** Does the list raise an error whenever a row is deleted, before anything in it may leave? */
function refusesDelete(list: readonly PlStatement[]): boolean {
  for (const statement of list) {
    if (refusesDeleteHere(statement)) return true;
    if ([...eachStatement([statement])].some((each) => each.statement.kind === 'return')) return false;
  }
  return false;
}

function refusesDeleteHere(statement: PlStatement): boolean {
  switch (statement.kind) {
    case 'raise':
      return statement.level === 'exception';
    case 'block':
      return statement.handlers.length === 0 && refusesDelete(statement.body);
    case 'if': {
      const [first] = statement.branches;
      if (first !== undefined && isMetByDelete(first.condition.tree)) return refusesDelete(first.body);
      const ways = [...statement.branches.map(({ body }) => body), statement.else ?? []];
      return ways.every(refusesDelete);
    }
    default:
      return false;
  }
}

/** `tg_op = 'DELETE'`, `TG_OP in ('UPDATE', 'DELETE')`. */
function isMetByDelete(condition: Node): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
  const isEqual = (kind === 'AEXPR_OP' || kind === 'AEXPR_IN') && stringsOf(name).at(-1) === '=';
  if (!isEqual || stringsOf(fieldsOf(lexpr, 'ColumnRef')?.fields).join() !== 'tg_op') return false;
  return (fieldsOf(rexpr, 'List')?.items ?? [rexpr]).some((each) => constantOf(each) === 'DELETE');
}

function mayRefuse(fn: EntityOf<'function'>): boolean {
  const tree = bodyTree(fn);
  if (tree.language !== 'plpgsql') return true;
  return [...eachStatement([tree.block])].some(({ statement }) => {
    if (statement.kind === 'raise') return statement.level === 'exception';
    return statement.kind === 'return' && /^\s*null\s*$/i.test(statement.value?.text ?? '');
  });
}
