import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import { asksOfUser } from '../caller/asks-of-user.ts';
import { asksCaller, callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { namesNothingOfRow } from '../own-column.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning, valueOfSelect } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { type Alternative, alternativesOf, isWithin } from './alternatives.ts';
import { lookedFor } from './missing-row.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { decidingClause } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** An alternative by which whoever made something is to add the first row to it, and that is true only for those who have such a row already. */
export interface ClosedBeginning {
  readonly branch: Alternative;
  /** What they made, and the column that says so. */
  readonly parent: Table;
  readonly maker: Column;
  /** By which the rows of the parent are seen, by those who have a row. */
  readonly showing: readonly Policy[];
  readonly access: readonly ClientAccess[];
}

/** What the branch looks for: the parent's row by its key, of which the new row has the value, and by who made it. */
interface MadeLookup {
  readonly parent: Table;
  readonly key: EntityId;
  readonly maker: Column;
  /** The new row's column. */
  readonly own: EntityId;
}

/**
 * `exists (select 1 from clubs c where c.id = club_id and c.created_by = auth.uid())` in a policy for new members reads clubs with the rights of whoever adds
 * one (docs, CREATE POLICY): where SELECT shows a club to its members alone, nobody who is not in it is let in by that. None where another alternative asks
 * for something else than to be in already, or for what the caller is in all of the schema, nor where a function with its owner's rights adds such rows.
 */
export function closedBeginning(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ClosedBeginning | undefined {
  const clause = decidingClause(policy, 'insert');
  if (!policy.isPermissive || clause === null || (policy.command !== 'insert' && policy.command !== 'all'))
    return undefined;
  const table = graph.get('table', policy.table);
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('insert'),
  );
  const [first] = audience;
  if (first === undefined || isAddedByOwner(graph, table)) return undefined;
  for (const branch of alternativesOf(clause)) {
    const made = conjuncts(branch.expression.tree)
      .map((tree) => madeLookup(graph, boundPart(branch.expression, tree)))
      .find((each) => each !== undefined);
    if (made === undefined || made.parent.id === table.id) continue;
    const showing = audience.map((access) => showingMembers(graph, table, made, branch, access));
    if (showing.includes(undefined)) continue;
    const { parent, maker } = made;
    return { branch, parent, maker, showing: showing[0] ?? [], access: audience };
  }
  return undefined;
}

function isAddedByOwner(graph: SchemaGraph, table: Table): boolean {
  return writesTo(graph, table.id).some(
    ({ holder, write }) => write.kind === 'insert' && (holder.kind !== 'function' || holder.security === 'definer'),
  );
}

/** The policies that show the parent's rows, where each shows them only to who is in already, or to who may add rows anyhow. */
function showingMembers(
  graph: SchemaGraph,
  table: Table,
  { parent, key, own }: MadeLookup,
  branch: Alternative,
  access: ClientAccess,
): readonly Policy[] | undefined {
  if (!parent.rowSecurity || graph.isDoubtful(parent, ['rowSecurity', 'policies', 'privileges'])) return undefined;
  if (!mayAnyColumn(graph, access.role, parent, 'r')) return undefined;
  const adding = admittingAlternatives(graph, table, 'insert', access).filter(
    (each) => each.alternative.expression.tree !== branch.expression.tree,
  );
  const isIn = (expression: BoundExpression, column: EntityId) =>
    asksToBeIn(graph, expression, column, table, own) ||
    (asksOfUser(graph, expression) && lookedFor(graph, expression, column, new Set([own])) !== undefined);
  const isOthers = adding.every(
    ({ alternative: { expression } }) => namesNothingOfRow(expression) || isIn(expression, own),
  );
  if (!isOthers) return undefined;
  const shown = admittingAlternatives(graph, parent, 'select', access);
  const byMembers = shown.filter(({ alternative }) => isIn(alternative.expression, key));
  const isRest = shown.every(
    (each) => byMembers.includes(each) || adding.some(({ alternative }) => isWithin(each.alternative, alternative)),
  );
  return byMembers.length > 0 && isRest ? [...new Set(byMembers.map((each) => each.policy))] : undefined;
}

function admittingAlternatives(
  graph: SchemaGraph,
  table: Table,
  command: 'select' | 'insert',
  access: ClientAccess,
): readonly { readonly policy: Policy; readonly alternative: Alternative }[] {
  return admittingPolicies(graph, table, command, access).flatMap((policy) => {
    const clause = decidingClause(policy, command);
    return clause === null ? [] : alternativesOf(clause).map((alternative) => ({ policy, alternative }));
  });
}

/** `exists (select … from clubs c where c.id = club_id and c.created_by = auth.uid())`, `club_id in (select id from clubs where created_by = auth.uid())`. */
function madeLookup(graph: SchemaGraph, expression: BoundExpression): MadeLookup | undefined {
  const { subLinkType, subselect, testexpr } = fieldsOf(expression.tree, 'SubLink') ?? {};
  const select = fieldsOf(subselect, 'SelectStmt');
  const [from, another] = select?.fromClause ?? [];
  const range = fieldsOf(from, 'RangeVar');
  const source = range && expression.meanings.get(range);
  if (select === undefined || another !== undefined || source?.kind !== 'source' || source.relation === undefined)
    return undefined;
  const parent = graph.find(source.relation);
  if (parent?.kind !== 'table') return undefined;
  const equal = conjuncts(select.whereClause).flatMap(equalSides);
  const given: readonly (readonly [Node | undefined, Node | undefined])[] =
    subLinkType === 'ANY_SUBLINK' && testexpr !== undefined
      ? [[fieldsOf(select.targetList?.[0], 'ResTarget')?.val, testexpr]]
      : [];
  let tie: Pick<MadeLookup, 'key' | 'own'> | undefined;
  let maker: Column | undefined;
  for (const [one, other] of [...given, ...equal]) {
    const [inner, outer] = [columnMeaning(one, expression), columnMeaning(other, expression)];
    if (inner?.relation !== parent.id || inner.isOuter || inner.column === undefined) continue;
    const column = graph.get('column', inner.column);
    if (outer?.isOuter === true && outer.column !== undefined && isUniqueAlone(graph, column))
      tie = { key: column.id, own: outer.column };
    else if (isCaller(graph, other, expression)) maker = column;
  }
  return tie === undefined || maker === undefined ? undefined : { parent, maker, ...tie };
}

/** auth.uid(), or a function of the user's that is given nothing and asks for it: `current_user_id()`. */
function isCaller(graph: SchemaGraph, node: Node | undefined, expression: BoundExpression): boolean {
  const sources = callerSources(graph, node, expression).join();
  const call = fieldsOf(valueOfSelect(node), 'FuncCall');
  return sources === 'user' || (sources === 'function' && call !== undefined && (call.args ?? []).length === 0);
}

/** Does one of the conditions that have to hold look for a row of the caller's in the table, by that column? */
function asksToBeIn(
  graph: SchemaGraph,
  expression: BoundExpression,
  column: EntityId,
  table: Table,
  own: EntityId,
): boolean {
  return conjuncts(expression.tree).some((each) => {
    const isGiven = (node: Node | undefined) => {
      const meaning = columnMeaning(node, expression);
      return meaning?.isOuter === true && meaning.column === column;
    };
    return (
      isMemberCall(graph, each, expression, isGiven, table, own) ||
      isMemberLookup(graph, each, expression, isGiven, own)
    );
  });
}

/** `is_member(id)`: a function that only looks for such a row, of whoever calls. */
function isMemberCall(
  graph: SchemaGraph,
  condition: Node,
  expression: BoundExpression,
  isGiven: (node: Node | undefined) => boolean,
  table: Table,
  own: EntityId,
): boolean {
  const call = valueOfSelect(condition);
  const { args = [] } = fieldsOf(call, 'FuncCall') ?? {};
  const routine = call === undefined ? undefined : calledFunction(graph, call, expression);
  if (routine === undefined || !isUsersOwn(graph, routine) || !args.some(isGiven)) return false;
  const { isWhole, queries, expressions, calls } = routineShape(graph, routine);
  const callsOwn = calls.some((id) => {
    const called = graph.find(id);
    return called?.kind === 'function' && isUsersOwn(graph, called);
  });
  if (!isWhole || callsOwn || expressions.some(({ tree }) => anyNode(tree, isEither))) return false;
  const sources = queries.flatMap((each) => each.sources);
  const isAsking =
    expressions.some((each) => asksCaller(graph, each.tree, each)) ||
    args.some((each) => callerSources(graph, each, expression).length > 0);
  return (
    isAsking &&
    sources.length === 1 &&
    sources.every(
      ({ relation, tests }) =>
        relation === table.id &&
        tests.some((each) => each.column === own && each.kind === 'equal' && each.variable !== null),
    )
  );
}

/** `exists (select … from members m where m.club_id = clubs.id and m.user_id = auth.uid())`, or IN. */
function isMemberLookup(
  graph: SchemaGraph,
  condition: Node,
  expression: BoundExpression,
  isGiven: (node: Node | undefined) => boolean,
  own: EntityId,
): boolean {
  const { subLinkType, subselect, testexpr } = fieldsOf(condition, 'SubLink') ?? {};
  const select = fieldsOf(subselect, 'SelectStmt');
  if (select?.whereClause === undefined || select.op !== 'SETOP_NONE' || anyNode(select.whereClause, isEither))
    return false;
  const isOwn = (node: Node | undefined) => {
    const meaning = columnMeaning(node, expression);
    return meaning !== undefined && !meaning.isOuter && meaning.column === own;
  };
  const isTied =
    subLinkType === 'ANY_SUBLINK'
      ? isGiven(testexpr) && isOwn(fieldsOf(select.targetList?.[0], 'ResTarget')?.val)
      : subLinkType === 'EXISTS_SUBLINK' &&
        conjuncts(select.whereClause).some((each) =>
          equalSides(each).some(([one, other]) => isOwn(one) && isGiven(other)),
        );
  return isTied && asksCaller(graph, select.whereClause, expression);
}

function isEither(node: Node): boolean {
  return fieldsOf(node, 'BoolExpr')?.boolop === 'OR_EXPR' || 'CaseExpr' in node || 'CoalesceExpr' in node;
}
