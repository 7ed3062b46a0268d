import type { EntityOf } from '../entities/index.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { isFor, reachedFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/**
 * The trigger functions of the schema that do nothing for an UPDATE but set a column of this name to the present time, and serve each of these tables:
 * what else they set is left as it was (`new.created_at = old.created_at`), in a column that all of them have.
 */
export function timeSetters(
  graph: SchemaGraph,
  name: string,
  tables: readonly EntityOf<'table'>[],
): readonly EntityOf<'function'>[] {
  return graph.ofKind('function').filter((each) => {
    if (!isTriggerFunction(each) || !isUsersOwn(graph, each) || graph.isDoubtful(each, ['functions'])) return false;
    const kept = keptBeside(graph, each, name);
    return kept?.every((column) => tables.every(({ id }) => graph.column(id, column) !== undefined)) === true;
  });
}

/** The columns that it sets to what they were; undefined where it does anything else. */
function keptBeside(graph: SchemaGraph, fn: EntityOf<'function'>, name: string): readonly string[] | undefined {
  const shape = routineShape(graph, fn);
  if (shape.block === null || shape.unread.length > 0) return undefined;
  const certain = certainRun(shape, isFor('update')).reached.map(({ statement }) => statement);
  const kept: string[] = [];
  let isSet = false;
  let isReturned = false;
  for (const statement of reachedFor([shape.block], 'update')) {
    if (!certain.includes(statement)) return undefined;
    if (statement.kind === 'assign') {
      const target = rowField(statement.target.tree);
      const value = statement.value.tree;
      const source = rowField(value);
      if (target?.row !== 'new') return undefined;
      if (source?.row === 'old' && source.name === target.name && target.name !== name) kept.push(target.name);
      else if (target.name === name && isCurrentTime(value)) isSet = true;
      else return undefined;
    } else if (statement.kind === 'return') isReturned = /^new$/i.test(statement.value?.text.trim() ?? '');
    else if (statement.kind !== 'if' && statement.kind !== 'block') return undefined;
  }
  return isSet && isReturned ? kept : undefined;
}
