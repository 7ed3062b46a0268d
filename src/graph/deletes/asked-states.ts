import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import { elementsOf } from '../query-shapes/compared-constants.ts';
import { constantText } from '../query-shapes/operand.ts';
import { type RowField, rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

type Column = EntityOf<'column'>;

/** What a row has in one column. */
export interface RowState {
  readonly column: Column;
  /** `set`: anything but NULL. */
  readonly kind: 'value' | 'set' | 'null';
  readonly value: string | boolean | symbol | null;
}

/** The states of a row that a trigger's expressions ask for, by one of these columns: `old.frozen`, `new.status = 'closed'`, `old.closed_at is not null`. */
export function askedStates(
  graph: SchemaGraph,
  trees: readonly Node[],
  columns: readonly Column[],
): readonly RowState[] {
  const found = new Map<string, RowState>();
  const add = (field: RowField | undefined, kind: RowState['kind'], values: readonly RowState['value'][]) => {
    const column = field && columns.find(({ name }) => name === field.name);
    if (column === undefined) return;
    for (const value of values) found.set(`${column.id} ${kind} ${String(value)}`, { column, kind, value });
  };
  for (const tree of trees)
    walk(tree, (_, node) => {
      const field = rowField(node);
      const own = field && columns.find(({ name }) => name === field.name);
      if (own !== undefined && typeClass(graph, own.type) === 'boolean') add(field, 'value', [true, false]);
      const test = fieldsOf(node, 'NullTest');
      const tested = rowField(test?.arg);
      const nullable = columns.find((each) => each.name === tested?.name);
      if (nullable !== undefined && isNullable(graph, nullable)) {
        add(tested, 'set', [Symbol(nullable.name)]);
        add(tested, 'null', [null]);
      }
      const comparison = fieldsOf(node, 'A_Expr');
      if (comparison !== undefined) add(rowField(comparison.lexpr), 'value', constantsIn(comparison));
      return undefined;
    });
  return [...found.values()];
}

/** `= 'a'`, `<> 'a'`, `in ('a', 'b')`, `= any (array['a', 'b'])`. */
function constantsIn({ kind, rexpr }: A_Expr): readonly string[] {
  const items = kind === 'AEXPR_IN' ? (fieldsOf(rexpr, 'List')?.items ?? []) : [];
  const listed = kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL' ? elementsOf(rexpr) : [];
  const single = ['AEXPR_OP', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT'].includes(kind ?? '') && rexpr ? [rexpr] : [];
  return [...listed, ...[...items, ...single].flatMap((each) => constantText(each) ?? [])];
}
