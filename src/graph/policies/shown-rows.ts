import { fieldsOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { ownColumns } from '../own-column.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import { conjuncts, disjuncts, isIndexedEquality, testsIn } from '../query-shapes/column-tests.ts';
import type { ColumnTest, QuerySource } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { showsEveryRow } from './open-reading.ts';
import { decidingClause, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;
type Tests = readonly ColumnTest[];

/**
 * Does a routine read no other rows than those that policies show each of the callers: `where status = 'active'`, as the policy has it, by itself or in a function that
 * looks the row up by its key? Only of tests with constants; false where restrictive policies ask for more.
 */
export function readsOnlyShownRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): boolean {
  const { isWhole, queries, writes } = routineShape(graph, routine);
  const sources = queries.flatMap((each) => each.sources);
  if (!isWhole || writes.length > 0 || sources.length === 0) return false;
  return sources.every((source) => callers.every((caller) => isShown(graph, source, caller)));
}

function isShown(graph: SchemaGraph, { relation, tests }: QuerySource, { role }: ApiCaller): boolean {
  const table = graph.find(relation);
  if (table?.kind !== 'table' || !graph.isKnown(table, 'rowSecurity')) return false;
  // Of a table that no file makes the grants are not known: a policy says that it is meant to be read.
  if (graph.isKnown(table, 'acl') && !mayTable(graph, role, table, 'r')) return false;
  if (showsEveryRow(graph, role, table) === true) return true;
  const policies = policiesFor(graph, table, 'select', role);
  if (policies.some(({ isPermissive }) => !isPermissive)) return false;
  const ways = policies.flatMap((each) => {
    const clause = decidingClause(each, 'select');
    return clause === null ? [] : waysByConstants(graph, table, clause);
  });
  return ways.some((way) => way.every((asked) => tests.some((each) => isSameTest(each, asked))));
}

function isSameTest(one: ColumnTest, other: ColumnTest): boolean {
  return one.column === other.column && one.constants.join() === other.constants.join() && isConstant(one);
}

/** A column is one constant. */
function isConstant(test: ColumnTest): boolean {
  return isIndexedEquality(test) && test.against === 'constant' && test.constants.length === 1;
}

/** The ways by which a clause is true of a row that has these constants, whoever asks. */
function waysByConstants(graph: SchemaGraph, table: Table, clause: BoundExpression): readonly Tests[] {
  return (waysOf(clause) ?? []).flatMap((way) => {
    const [only, another] = way;
    const helper = only === undefined || another !== undefined ? undefined : calledFunction(graph, only.tree, only);
    if (only !== undefined && helper !== undefined) {
      const given = [...ownColumns(only.tree, only)];
      const isOfKey = given.length === 1 && graph.primaryKey(table.id)?.columns[0] === given[0];
      return isOfKey && isUsersOwn(graph, helper) ? waysOfHelper(graph, table, helper) : [];
    }
    const tests = way.map((each) => {
      const [placed, more] = testsIn(each.tree, each);
      return placed?.isOuter === true && more === undefined && isConstant(placed.test) ? placed.test : undefined;
    });
    return tests.includes(undefined) ? [] : [tests.flatMap((each) => each ?? [])];
  });
}

/** The same of `select exists (select 1 from listings where id = p_id and (status = 'active' or …))`. */
function waysOfHelper(graph: SchemaGraph, table: Table, helper: EntityOf<'function'>): readonly Tests[] {
  const { isWhole, queries, expressions } = routineShape(graph, helper);
  const [body, another] = expressions;
  const value = fieldsOf(fieldsOf(body?.tree, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val;
  const { subLinkType, subselect } = fieldsOf(value, 'SubLink') ?? {};
  const { fromClause, whereClause } = fieldsOf(body?.tree, 'SelectStmt') ?? {};
  const isAlone = fromClause === undefined && whereClause === undefined;
  const inner = fieldsOf(subselect, 'SelectStmt');
  const query = queries.find(({ node }) => inner !== undefined && fieldsOf(node, 'SelectStmt') === inner);
  const [source, joined] = query?.sources ?? [];
  const [key, more] = graph.primaryKey(table.id)?.columns ?? [];
  const isPlain =
    isWhole &&
    isAlone &&
    query?.groups === false &&
    another === undefined &&
    subLinkType === 'EXISTS_SUBLINK' &&
    more === undefined;
  if (!isPlain || body === undefined || query === undefined || source?.relation !== table.id || joined !== undefined)
    return [];
  const given = source.tests.filter((each) => each.column === key && each.variable !== null && isIndexedEquality(each));
  const rest = source.tests.filter((each) => !given.includes(each));
  const [either, other] = query.otherConditions;
  if (given.length !== 1 || !rest.every(isConstant) || other !== undefined) return [];
  if (either === undefined) return [rest];
  return disjuncts(either).flatMap((each) => {
    const tests = conjuncts(each).map((part) => {
      const [placed, second] = testsIn(part, body);
      return second === undefined && placed !== undefined && isConstant(placed.test) ? placed.test : undefined;
    });
    return tests.includes(undefined) ? [] : [[...rest, ...tests.flatMap((test) => test ?? [])]];
  });
}
