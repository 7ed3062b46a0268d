import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement, PlTarget } from '../../sql/plpgsql.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { columnUnder } from './column-under.ts';
import { constantOf } from './operand.ts';
import { eachStatement } from './pl-statements.ts';
import { routineShape } from './routine-shape.ts';

/** What is put into a column or a variable: an expression, or what a column holds that a star stands for; with the binding of the whole statement. */
export type PutValue =
  | { readonly node: Node; readonly binding: Binding }
  | { readonly column: EntityId; readonly binding: Binding };

/** An output column of a query, by its name. */
export interface NamedValue {
  readonly name: string;
  readonly value: PutValue;
}

/** What the variables of a PL/pgSQL routine are set to, by their names; fields of records and of NEW as `row.name`. */
export const variableSources = askedOnce(
  (graph: SchemaGraph, routine: EntityOf<'function'>): ReadonlyMap<string, readonly PutValue[]> => {
    const { block, expressions } = routineShape(graph, routine);
    const bound = new Map(expressions.map((each) => [each.tree, each]));
    const found = new Map<string, PutValue[]>();
    for (const { statement } of block === null ? [] : eachStatement([block]))
      for (const { name, value } of valuesSetBy(statement, ({ tree }) => bound.get(tree))) addTo(found, name, value);
    return found;
  },
);

/** What a variable is set to but for constants, where that is one thing. */
export function onlySource(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  name: string | null,
): PutValue | undefined {
  const sources = name === null ? [] : (variableSources(graph, routine).get(name) ?? []);
  const [only, another] = sources.filter((each) => 'column' in each || constantOf(each.node) === null);
  return another === undefined ? only : undefined;
}

/** The column whose own value is put there. */
export function columnPut(value: PutValue): EntityId | undefined {
  return 'column' in value ? value.column : columnUnder(value.node, value.binding)?.meaning.column;
}

/** What a statement puts into variables, by their names; the declarations of a block count as its own. */
export function valuesSetBy(
  statement: PlStatement,
  bindingOf: (expression: PlExpression) => Binding | undefined,
): readonly NamedValue[] {
  const given = (name: string, expression: PlExpression | undefined): readonly NamedValue[] => {
    const binding = expression && bindingOf(expression);
    return expression === undefined || binding === undefined
      ? []
      : [{ name, value: { node: expression.tree, binding } }];
  };
  const received = (targets: readonly PlTarget[], query: PlExpression): readonly NamedValue[] => {
    const binding = bindingOf(query);
    const outputs = binding === undefined ? [] : outputValues(query.tree, binding);
    const names = targets.map((each) => each.name.join('.'));
    const [only = ''] = names;
    // Into a record, or into the one variable that there is for the one column.
    const fields =
      names.length === 1 && !only.includes('.')
        ? outputs.map(({ name, value }) => ({ name: `${only}.${name}`, value }))
        : [];
    const plain = names.flatMap((name, at) => {
      const value = outputs[at]?.value;
      return value === undefined ? [] : [{ name, value }];
    });
    return [...fields, ...plain];
  };
  switch (statement.kind) {
    case 'block':
      return statement.declarations.flatMap((each) => (each.kind === 'variable' ? given(each.name, each.default) : []));
    case 'assign':
      return given(stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields).join('.'), statement.value);
    case 'sql':
      return statement.into === undefined ? [] : received(statement.into.targets, statement.sql);
    case 'for-query':
      return received(statement.targets, statement.query);
    default:
      return [];
  }
}

/** The output columns of a query, of RETURNING for one that writes, stars spread out; none where a star hides how many there are. */
export function outputValues(query: Node, binding: Binding): readonly NamedValue[] {
  const { returningClause: returned } =
    fieldsOf(query, 'InsertStmt') ?? fieldsOf(query, 'UpdateStmt') ?? fieldsOf(query, 'DeleteStmt') ?? {};
  const returning = (returned as { exprs?: readonly Node[] } | undefined)?.exprs;
  const outputs: NamedValue[] = [];
  for (const target of fieldsOf(query, 'SelectStmt')?.targetList ?? returning ?? []) {
    const { name, val: node } = fieldsOf(target, 'ResTarget') ?? {};
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    if (meaning?.kind === 'star') {
      if (!meaning.isComplete) return [];
      for (const each of meaning.columns)
        if (each.column === undefined) return [];
        else outputs.push({ name: each.name, value: { column: each.column, binding } });
    } else if (node !== undefined)
      outputs.push({ name: name ?? stringsOf(reference?.fields).at(-1) ?? '', value: { node, binding } });
  }
  return outputs;
}
