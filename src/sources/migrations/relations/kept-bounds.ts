import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import { referencedColumn } from '../../../graph/own-column.ts';
import { conjuncts } from '../../../graph/query-shapes/column-tests.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import { quoteIdentifier, quoteLiteral } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import type { ReplayContext } from '../context.ts';
import { checkName, createCheck } from './checks.ts';
import { partitionsOf } from './children.ts';

type Table = EntityOf<'table'>;

/**
 * DETACH PARTITION … CONCURRENTLY leaves the bounds as a CHECK, since queries that have planned with them may still run
 * (DetachAddConstraintIfNeeded()). Not those of a hash partition.
 */
export function keepBounds(context: ReplayContext, parent: Table, partition: Table, origin: Origin): void {
  if (partitionsOf(context.graph, parent.id).some((each) => each.partitionBound === 'DEFAULT'))
    context.refuse('cannot detach partitions concurrently when a default partition exists');
  const { partitionBound: bound } = partition;
  if (bound === null || bound.startsWith('FOR VALUES WITH')) return;
  const condition = conditionOf(context, parent, bound);
  if (condition === undefined) {
    const doubt = { aspects: ['constraints'], reach: { entities: [partition.id] } } as const;
    context.notUnderstood(
      `The CHECK that "${partition.name.name}" keeps of its bounds is not modelled.`,
      undefined,
      doubt,
    );
    return;
  }
  const text = `select ${condition}`;
  const [target] = fieldsOf(readSql(text, '').statements[0]?.node, 'SelectStmt')?.targetList ?? [];
  const tree = fieldsOf(target, 'ResTarget')?.val;
  if (tree === undefined) return;
  const running = { ...context.running, text, fixedPlace: context.at(undefined) };
  const expression = context.runAs(running, () => context.expression(tree, { relation: partition }));
  if (isImplied(context, partition, expression)) return;
  const name = checkName(context, partition, expression);
  createCheck(context, partition, {
    ...{ name, expression, origin },
    ...{ isValidated: true, isEnforced: true, noInherit: false, isInherited: false },
  });
}

/** Do the table's own constraints say each part of it (PartConstraintImpliedByRelConstraint())? */
function isImplied({ graph }: ReplayContext, partition: Table, condition: BoundExpression): boolean {
  const said = graph
    .ownedBy(partition.id, 'checkConstraint')
    .filter((each) => each.isValidated)
    .flatMap(({ expression }) => conjuncts(expression.tree).map((tree) => ({ ...expression, tree })));
  return conjuncts(condition.tree).every((tree) => {
    const test = fieldsOf(tree, 'NullTest');
    const column = test?.nulltesttype === 'IS_NOT_NULL' ? referencedColumn(test.arg, condition) : undefined;
    if (column !== undefined && graph.get('column', column).notNull) return true;
    return said.some((each) => sameExpression(each, { ...condition, tree }));
  });
}

/** The bounds of a key of one column, as far as they are plain values. */
function conditionOf({ graph }: ReplayContext, parent: Table, bound: string): string | undefined {
  const [key, another] = parent.partitionKey?.keys ?? [];
  const column = key?.column === undefined || key.column === null ? undefined : graph.get('column', key.column);
  if (column === undefined || column.type === null || another !== undefined) return undefined;
  const name = quoteIdentifier(column.name);
  const range = /^FOR VALUES FROM \(([^(),]+)\) TO \(([^(),]+)\)$/.exec(bound);
  if (range !== null) {
    const side = (operator: string, value = '') =>
      /^\s*(?:minvalue|maxvalue)\s*$/i.test(value) ? [] : [`${name} ${operator} ${value}`];
    return [`${name} is not null`, ...side('>=', range[1]), ...side('<', range[2])].join(' and ');
  }
  const list = /^FOR VALUES IN \(([^()]+)\)$/.exec(bound)?.[1]?.split(',');
  // A comma within a value would have to stand between quotes.
  if (list === undefined || list.some((each) => (each.split("'").length - 1) % 2 === 1)) return undefined;
  const values = list.filter((each) => !/^\s*null\s*$/i.test(each));
  const [first] = values;
  if (first === undefined) return `${name} is null`;
  // Several are one array in the end (get_qual_for_list()).
  const array = `{${values.map((each) => arrayItem(each.trim())).join(',')}}`;
  const among =
    values.length === 1
      ? `${name} = ${first}`
      : `${name} = any (${quoteLiteral(array)}::${graph.typeName(column.type)}[])`;
  return values.length < list.length ? `${name} is null or ${among}` : `${name} is not null and ${among}`;
}

function arrayItem(literal: string): string {
  const value = /^'(.*)'$/s.exec(literal)?.[1]?.replaceAll("''", "'") ?? literal;
  return /^[\w.+-]+$/.test(value) && !/^null$/i.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
