import type { Node } from '@pgsql/types';
import { equalSides, unlikeSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { addTo } from '../grouping.ts';
import { constantText } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The fields of NEW by which a trigger's function goes one way or another, and the triggers of the table run it at all, with the constants these are compared with. */
export function askedOfNew(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  routine: EntityOf<'function'>,
): ReadonlyMap<string, readonly string[]> {
  const { block } = routineShape(graph, routine);
  const branching = [...eachStatement(block === null ? [] : [block])].filter(
    ({ statement: { kind } }) => kind === 'if' || kind === 'case' || kind === 'while' || kind === 'assert',
  );
  const conditions = branching.flatMap(({ statement }) => ownExpressions(statement)).map(({ tree }) => tree);
  const triggers = graph.dependentsOfKind(routine.id, 'trigger').filter(({ relation }) => relation === table.id);
  const asked = new Map<string, string[]>();
  for (const condition of [...conditions, ...triggers.flatMap(({ when }) => when?.tree ?? [])])
    walk(condition, (_, node) => {
      const field = newField(node);
      if (field !== undefined && !asked.has(field)) asked.set(field, []);
      for (const [name, constant] of comparedFields(node)) addTo(asked, name, constant);
      return undefined;
    });
  return asked;
}

/** `new.status = 'accepted'`, `new.status in ('accepted', 'declined')`, `new.status <> 'accepted'`. */
function comparedFields(node: Node): readonly (readonly [string, string])[] {
  const list = fieldsOf(node, 'A_Expr');
  const items = list?.kind === 'AEXPR_IN' ? (fieldsOf(list.rexpr, 'List')?.items ?? []) : [];
  const listed = items.map((each) => [list?.lexpr, each] as const);
  return [...listed, ...equalSides(node), ...unlikeSides(node)].flatMap(([side, other]) => {
    const name = newField(side);
    const constant = constantText(other);
    return name === undefined || constant === null ? [] : [[name, constant] as const];
  });
}

function newField(node: Node | undefined): string | undefined {
  const field = rowField(node);
  return field?.row === 'new' ? field.name : undefined;
}
