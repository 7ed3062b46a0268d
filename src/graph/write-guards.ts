import { bodyTree } from './body-tree.ts';
import type { EntityOf } from './entities/index.ts';
import { eachStatement } from './query-shapes/pl-statements.ts';
import type { SchemaGraph } from './schema-graph.ts';

const CHANGES = ['update', 'delete'] as const;

/**
 * What a trigger or rule of the table may refuse: a function that raises an error, or returns NULL, on at least one way through
 * (or cannot be read); DO INSTEAD NOTHING. A trigger that looks at some rows or columns only counts as well.
 */
export function refusedChanges(graph: SchemaGraph, table: EntityOf<'table'>): ReadonlySet<'update' | 'delete'> {
  const triggers = graph.ownedBy(table.id, 'trigger').filter((each) => {
    const called = each.function === null ? undefined : graph.find(each.function);
    return each.enabled !== 'disabled' && called?.kind === 'function' && mayRefuse(called);
  });
  const rules = graph.ownedBy(table.id, 'rewriteRule').filter((each) => each.isInstead && each.actions.length === 0);
  return new Set(
    CHANGES.filter(
      (command) =>
        triggers.some((each) => each.events.includes(command)) || rules.some((each) => each.event === command),
    ),
  );
}

function mayRefuse(fn: EntityOf<'function'>): boolean {
  const tree = bodyTree(fn);
  if (tree.language !== 'plpgsql') return true;
  return [...eachStatement([tree.block])].some(({ statement }) => {
    if (statement.kind === 'raise') return statement.level === 'exception';
    return statement.kind === 'return' && /^\s*null\s*$/i.test(statement.value?.text ?? '');
  });
}
