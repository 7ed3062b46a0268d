import type { Node, SelectStmt } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isPlainSelect } from '../policies/callerless-branches.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { conjuncts, testsIn } from '../query-shapes/column-tests.ts';
import { columnUnder } from '../query-shapes/column-under.ts';
import { columnMeaning, valueOfSelect, variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { relationOf } from '../query-shapes/writes.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { type CallerSource, callerSources } from './caller-source.ts';

type Routine = EntityOf<'function'>;

/** That the caller has a row in some table, of members say: what a condition looks for, itself or in a function that is one EXISTS. */
export interface AskedMembership {
  readonly relation: EntityId;
  /** The column that has to be the caller, by what that is told. */
  readonly user: EntityId;
  readonly source: CallerSource;
  /** The columns that have to be the same as columns of the row that the policy is about. */
  readonly joins: ReadonlyMap<EntityId, EntityId>;
  /** The columns that have to be one of some constants, and the condition that says so. */
  readonly values: ReadonlyMap<EntityId, { readonly constants: readonly string[]; readonly condition: Node }>;
  /** It asks for nothing else. */
  readonly isWhole: boolean;
  /** It stands in the condition itself, not in a function. */
  readonly isInline: boolean;
  /** With whose rights it looks; null for those of whoever runs the statement. */
  readonly definer: Routine | null;
}

/** `exists (select from members m where m.org_id = offers.org_id and m.user_id = auth.uid())`, `org_id in (select …)`, `is_member(org_id)`. */
export const askedMembership = askedOnce((graph: SchemaGraph, part: BoundExpression): AskedMembership | undefined => {
  const link = fieldsOf(part.tree, 'SubLink');
  const select = fieldsOf(link?.subselect, 'SelectStmt');
  if (select !== undefined && link?.subLinkType === 'EXISTS_SUBLINK') return lookupOf(graph, select, part);
  if (select !== undefined && link?.subLinkType === 'ANY_SUBLINK') {
    const given = columnMeaning(fieldsOf(select.targetList?.[0], 'ResTarget')?.val, part)?.column;
    const own = columnMeaning(link.testexpr, part);
    const isJoin = given !== undefined && own?.column !== undefined && own.isOuter && link.operName === undefined;
    return isJoin ? lookupOf(graph, select, part, { joined: [given, own.column] }) : undefined;
  }
  return calledLookup(graph, part);
});

interface Given {
  /** `org_id in (select m.org_id …)`. */
  readonly joined?: readonly [EntityId, EntityId];
  /** What the function's parameters stand for. */
  readonly call?: {
    readonly routine: Routine;
    readonly args: ReadonlyMap<string, Node>;
    readonly part: BoundExpression;
  };
}

/** A function of the user's that is one EXISTS and nothing else. */
function calledLookup(graph: SchemaGraph, part: BoundExpression): AskedMembership | undefined {
  const node = valueOfSelect(part.tree);
  const call = fieldsOf(node, 'FuncCall');
  const routine = calledFunction(graph, node, part);
  if (call === undefined || routine === undefined || !isUsersOwn(graph, routine)) return undefined;
  const { isWhole, expressions, dynamic } = routineShape(graph, routine);
  const [body, another] = expressions;
  const args = argumentsOf(routine, call);
  if (body === undefined || another !== undefined || !isWhole || dynamic.length > 0 || args === undefined)
    return undefined;
  const link = fieldsOf(onlyValue(body.tree), 'SubLink');
  const select = link?.subLinkType === 'EXISTS_SUBLINK' ? fieldsOf(link.subselect, 'SelectStmt') : undefined;
  return select === undefined ? undefined : lookupOf(graph, select, body, { call: { routine, args, part } });
}

/** Of `select exists (…)`, and of the expression alone. */
function onlyValue(tree: Node): Node | undefined {
  const { targetList = [], fromClause, whereClause, op = 'SETOP_NONE' } = fieldsOf(tree, 'SelectStmt') ?? {};
  if (!('SelectStmt' in tree)) return tree;
  const [target, another] = targetList;
  const isOne = another === undefined && fromClause === undefined && whereClause === undefined && op === 'SETOP_NONE';
  return isOne ? fieldsOf(target, 'ResTarget')?.val : undefined;
}

function lookupOf(
  graph: SchemaGraph,
  select: SelectStmt,
  bound: Bound,
  { joined, call }: Given = {},
): AskedMembership | undefined {
  const [range, another] = select.fromClause ?? [];
  const relation = relationOf(fieldsOf(range, 'RangeVar'), bound);
  if (relation === undefined || another !== undefined || !isPlainSelect(select)) return undefined;
  const joins = new Map<EntityId, EntityId>(joined === undefined ? [] : [joined]);
  const values = new Map<EntityId, { readonly constants: readonly string[]; readonly condition: Node }>();
  let user: { readonly column: EntityId; readonly source: CallerSource } | undefined;
  let isWhole = true;
  for (const condition of conjuncts(select.whereClause)) {
    const found = comparedIn(graph, condition, bound, relation, call);
    if (found?.source !== undefined && user === undefined) user = { column: found.column, source: found.source };
    else if (found?.own !== undefined && !joins.has(found.column)) joins.set(found.column, found.own);
    else if (found?.values !== undefined && !values.has(found.column))
      values.set(found.column, { constants: found.values, condition });
    else isWhole = false;
  }
  if (user === undefined) return undefined;
  const definer = call !== undefined && call.routine.security === 'definer' ? call.routine : null;
  const isInline = call === undefined;
  return { relation, user: user.column, source: user.source, joins, values, isWhole, isInline, definer };
}

interface Compared {
  readonly column: EntityId;
  readonly source?: CallerSource;
  readonly own?: EntityId;
  readonly values?: readonly string[];
}

/** A column of the relation, and the caller, the column of the row outside or the constants that it has to be. */
function comparedIn(
  graph: SchemaGraph,
  condition: Node,
  bound: Bound,
  relation: EntityId,
  call: Given['call'],
): Compared | undefined {
  for (const [side, other] of equalSides(condition)) {
    const meaning = columnUnder(side, bound)?.meaning;
    if (meaning?.column === undefined || meaning.level !== 0 || meaning.relation !== relation) continue;
    const name = variableOf(other, bound);
    const given = name === null ? undefined : call?.args.get(name);
    const [value, binding] = given === undefined ? ([other, bound] as const) : ([given, call?.part ?? bound] as const);
    const source = callerIn(graph, value, binding);
    if (source !== undefined) return { column: meaning.column, source };
    const own = columnMeaning(value, binding);
    if (own?.column !== undefined && own.isOuter) return { column: meaning.column, own: own.column };
  }
  const [test, another] = testsIn(condition, bound);
  const isListed = test !== undefined && another === undefined && !test.isOuter && test.test.constants.length > 0;
  if (!isListed || (test.test.kind !== 'equal' && test.test.kind !== 'in')) return undefined;
  const { column, constants } = test.test;
  return graph.get('column', column).relation === relation ? { column, values: constants } : undefined;
}

/** auth.uid(), or what the token says: not what a table or a function finds by them. */
function callerIn(graph: SchemaGraph, node: Node | undefined, binding: Bound): CallerSource | undefined {
  const [source, another] = callerSources(graph, node, binding);
  const isFound = anyNode(node, (_, tag) => tag === 'RangeVar' || tag === 'ColumnRef');
  return another === undefined && !isFound && (source === 'user' || source === 'claims') ? source : undefined;
}
