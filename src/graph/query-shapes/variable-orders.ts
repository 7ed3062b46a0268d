import type { Node, SelectStmt } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { Bound } from './block-queries.ts';
import { eachStatement, mayAssign } from './pl-statements.ts';
import { routineShape } from './routine-shape.ts';

/** A name in an expression of ORDER BY that was meant for an output column, and is a variable without a value. */
export interface VariableOrder {
  readonly name: string;
  readonly node: Node;
  /** What the query gives as that column. */
  readonly output: Node;
  /** LIMIT keeps rows by this order. */
  readonly isCut: boolean;
  readonly at: SourceLocation | null;
}

/**
 * Those of a PL/pgSQL body. Only a name that stands alone in ORDER BY is that of an output column (docs 7.5); in an expression it is a
 * column of FROM or a variable, and a column of RETURNS TABLE or an OUT parameter that nothing sets is NULL.
 */
export function variableOrders(graph: SchemaGraph, routine: EntityOf<'function'>): readonly VariableOrder[] {
  const { block, expressions } = routineShape(graph, routine);
  if (block === null) return [];
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const unset = new Set(
    routine.parameters.flatMap(({ name, mode }) => {
      const isOutput = mode === 'out' || mode === 'table';
      return isOutput && name !== null && !statements.some((each) => mayAssign(each, name) || declares(each, name))
        ? [name]
        : [];
    }),
  );
  if (unset.size === 0) return [];
  return expressions.flatMap((bound) => {
    const found: VariableOrder[] = [];
    walk(bound.tree, (_, node) => {
      const select = fieldsOf(node, 'SelectStmt');
      if (select?.sortClause !== undefined) found.push(...ordersOf(select, bound, unset));
      return undefined;
    });
    return found;
  });
}

/** Does a block have a variable of its own by that name? */
function declares(statement: PlStatement, name: string): boolean {
  return statement.kind === 'block' && statement.declarations.some((each) => each.name === name);
}

function ordersOf(select: SelectStmt, bound: Bound, unset: ReadonlySet<string>): readonly VariableOrder[] {
  const outputs = new Map(
    (select.targetList ?? []).flatMap((each) => {
      const { name, val } = fieldsOf(each, 'ResTarget') ?? {};
      return name === undefined || val === undefined ? [] : [[name, val] as const];
    }),
  );
  const found: VariableOrder[] = [];
  for (const item of select.sortClause ?? []) {
    walk(fieldsOf(item, 'SortBy')?.node, (tag, node) => {
      if (tag === 'SubLink') return 'skip';
      const reference = fieldsOf(node, 'ColumnRef');
      const [name = '', more] = stringsOf(reference?.fields);
      const output = outputs.get(name);
      const isVariable = reference !== undefined && bound.meanings.get(reference)?.kind === 'variable';
      if (isVariable && more === undefined && unset.has(name) && output !== undefined) {
        const isCut = select.limitCount !== undefined;
        found.push({ name, node, output, isCut, at: placeOf(bound, node) });
      }
      return undefined;
    });
  }
  return found;
}
