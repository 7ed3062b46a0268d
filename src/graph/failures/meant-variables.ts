import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { relationsNamed } from '../query-shapes/open-names.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * What the names of a body mean that can be a variable as well as a column: `item.batch_id = batch_id` compares the column with the variable, or it would be true
 * of every row. Undefined where they are not all such, or none is.
 */
export function meantBy(graph: SchemaGraph, routine: EntityOf<'function'>): 'variables' | 'some variables' | undefined {
  const { expressions } = routineShape(graph, routine);
  const sure = expressions.flatMap((bound) => {
    const open = bound.unresolved.filter(({ kind, reason }) => kind === 'column' && reason === 'ambiguous');
    if (open.length === 0) return [];
    const named = relationsNamed(bound);
    const compared = comparedNames(bound.tree);
    return open.map(
      ({ node, name }) =>
        compared.has(node) && named.filter((each) => graph.column(each, name) !== undefined).length === 1,
    );
  });
  if (!sure.includes(true)) return undefined;
  return sure.includes(false) ? 'some variables' : 'variables';
}

/** The bare names that are compared with a column of that very name. */
function comparedNames(tree: Node): ReadonlySet<object> {
  const found = new Set<object>();
  walk(tree, (_, node) => {
    for (const [own, other] of equalSides(node)) {
      const [bare, column] = [fieldsOf(own, 'ColumnRef'), fieldsOf(other, 'ColumnRef')];
      const names = stringsOf(column?.fields);
      if (bare !== undefined && stringsOf(bare.fields).length === 1 && names.length > 1)
        if (names.at(-1) === stringsOf(bare.fields)[0]) found.add(bare);
    }
    return undefined;
  });
  return found;
}

/** What of a PL/pgSQL function has that name; undefined where none of its variables has. */
export function variableKind(
  routine: EntityOf<'function'>,
  name: string,
): 'parameter' | 'result column' | 'variable' | undefined {
  const mode = routine.parameters.find((each) => each.name === name)?.mode;
  if (mode !== undefined) return mode === 'table' || mode === 'out' ? 'result column' : 'parameter';
  const tree = bodyTree(routine);
  const statements = tree.language === 'plpgsql' ? [...eachStatement([tree.block])] : [];
  const isDeclared = statements.some(({ statement }) => {
    if (statement.kind === 'block') return statement.declarations.some((each) => each.name === name);
    return statement.kind === 'for-range' && statement.variable.name[0] === name;
  });
  return isDeclared ? 'variable' : undefined;
}
