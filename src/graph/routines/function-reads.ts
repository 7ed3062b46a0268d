import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { namesRowOutside } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { relationsNamedIn } from './function-body.ts';

/** Where an unqualified name in a body is looked for when the function pins nothing. */
const USUAL_PATH = ['public'];

/** The relations that the queries of a function's body read, by the search_path it has or, without one, the usual. */
export function tablesReadBy(graph: SchemaGraph, fn: EntityOf<'function'>): readonly EntityId[] {
  const path = pinnedPath(fn) ?? USUAL_PATH;
  const found = relationsNamedIn(fn).relations.flatMap(({ schema, name, isWritten }) => {
    if (isWritten) return [];
    for (const each of schema === undefined ? path : [schema]) {
      const relation = graph.relation({ schema: each, name });
      if (relation) return [relation.id];
    }
    return [];
  });
  return [...new Set(found)];
}

/** The schemas of SET search_path, `$user` left out. */
function pinnedPath({ config }: EntityOf<'function'>): readonly string[] | undefined {
  const value = config.find((each) => each.name === 'search_path')?.value;
  return value
    ?.split(',')
    .map((each) => each.trim().replace(/^"(.*)"$/, '$1'))
    .filter((each) => each !== '' && each !== '$user');
}

/**
 * The functions of the schema that evaluating the expression calls whatever the row holds: not in a branch of OR, CASE or
 * COALESCE, not beside a condition on the row, not for the rows of a subselect.
 */
export function callsMadeForEveryRow(expression: BoundExpression): readonly EntityId[] {
  const called: EntityId[] = [];
  walk(expression.tree, (tag, node) => {
    if (tag === 'CaseExpr' || tag === 'CoalesceExpr') return 'skip';
    const bool = fieldsOf(node, 'BoolExpr');
    if (bool?.boolop === 'OR_EXPR') return 'skip';
    if (bool?.boolop === 'AND_EXPR' && (bool.args ?? []).some((each) => namesRowOutside(each, expression)))
      return 'skip';
    if ((fieldsOf(node, 'SelectStmt')?.fromClause ?? []).some((each) => !('RangeFunction' in each))) return 'skip';
    const call = fieldsOf(node, 'FuncCall');
    const meaning = call && expression.meanings.get(call);
    if (meaning?.kind === 'call' && meaning.function.id !== undefined) called.push(meaning.function.id);
    return undefined;
  });
  return called;
}
