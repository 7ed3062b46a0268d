import type { Node } from '@pgsql/types';
import { unlikeSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import { asksCaller, callAsksCaller } from '../caller/caller-source.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import { isOpenToSignedIn, isOpenToSignedOut } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { columnsIn } from '../query-shapes/operand.ts';
import { calledFunction } from '../routines/called-function.ts';
import { mayAll } from '../routines/chosen-rows.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { passedColumns } from './updatable-view.ts';

type View = EntityOf<'view'>;
type Table = EntityOf<'table'>;

/**
 * Of the clients that may write through a view whose conditions ask who calls, those that surely write rows of others, each by these commands. The WHERE
 * of a view keeps an UPDATE and DELETE to what it shows; what it shows to whoever is signed out (`auth.uid() is null or …`), or to all but a few
 * (`not exists (select … from blocks …)`), is rows of others. No INSERT is held to it unless the view has a CHECK OPTION (docs, CREATE VIEW, Updatable Views).
 */
export function writersOfOthers(
  graph: SchemaGraph,
  view: View,
  table: Table,
  writers: readonly ClientAccess[],
): readonly ClientAccess[] {
  const where = fieldsOf(view.query.tree, 'SelectStmt')?.whereClause;
  if (where === undefined) return writers;
  const condition = boundPart(view.query, where);
  const isUnchecked = view.checkOption === null && namesOwner(graph, view, condition);
  return writers
    .map((each) => {
      const isOpen = showsOthers(graph, condition, each.name);
      const isAdding = isOpen || (isUnchecked && !mayAll(graph, table, 'insert', [each]));
      return { ...each, commands: each.commands.filter((command) => (command === 'insert' ? isAdding : isOpen)) };
    })
    .filter(({ commands }) => commands.length > 0);
}

/** Does it let some way through for callers of that name, whoever they are? */
function showsOthers(graph: SchemaGraph, condition: BoundExpression, name: string): boolean {
  const passes = (part: BoundExpression) =>
    (name !== 'authenticated' && passesSignedOut(graph, part)) || (name !== 'anon' && passesSignedIn(graph, part));
  return waysOf(condition)?.some((way) => way.every(passes)) === true;
}

function passesSignedOut(graph: SchemaGraph, part: BoundExpression): boolean {
  if (isOpenToSignedOut(part)) return true;
  return !isClosedToSignedOut(graph, part) && (isOfRow(graph, part) || isRefusingFew(graph, part));
}

function passesSignedIn(graph: SchemaGraph, part: BoundExpression): boolean {
  return isOpenToSignedIn(part) || isOfRow(graph, part) || isRefusingFew(graph, part);
}

/** Does it ask the row alone, and may be true? */
function isOfRow(graph: SchemaGraph, part: BoundExpression): boolean {
  const value = foldBoolean(part.tree);
  return value !== false && value !== null && !asks(graph, part);
}

/** Who calls, by itself or through a function that may be given the row. */
function asks(graph: SchemaGraph, part: BoundExpression): boolean {
  return (
    asksCaller(graph, part.tree, part) ||
    anyNode(part.tree, (node) => {
      const [call, called] = [fieldsOf(node, 'FuncCall'), calledFunction(graph, node, part)];
      return call !== undefined && called !== undefined && callAsksCaller(graph, called, call) !== false;
    })
  );
}

/** `not exists (select 1 from blocks b where b.by = p.id and b.of = auth.uid())`, `p.id <> auth.uid()`: rows are kept from those whom it names alone. */
function isRefusingFew(graph: SchemaGraph, { tree, ...binding }: BoundExpression): boolean {
  if (unlikeSides(tree).some(([side]) => columnsIn(side, binding).length > 0)) return true;
  const { boolop, args: [inner] = [] } = fieldsOf(tree, 'BoolExpr') ?? {};
  const { subLinkType, subselect } = fieldsOf(inner, 'SubLink') ?? {};
  if (boolop !== 'NOT_EXPR' || subLinkType !== 'EXISTS_SUBLINK' || subselect === undefined) return false;
  const isPlain = !anyNode(
    subselect,
    (node) => unlikeSides(node).length > 0 || isNot(node) || isCalling(graph, node, binding),
  );
  return isPlain && namesRowAround(subselect, binding);
}

/** Does a subselect look at the row of the view? */
function namesRowAround(subselect: Node, { meanings }: Omit<BoundExpression, 'tree'>): boolean {
  return nodesOf(subselect, 'ColumnRef').some((reference) => {
    const meaning = meanings.get(reference);
    return meaning?.kind === 'column' && meaning.level > 0;
  });
}

function isNot(node: Node): boolean {
  return fieldsOf(node, 'BoolExpr')?.boolop === 'NOT_EXPR';
}

/** A function of the user's may turn it round. */
function isCalling(graph: SchemaGraph, node: Node, binding: Omit<BoundExpression, 'tree'>): boolean {
  const called = calledFunction(graph, node, binding);
  return called !== undefined && called.origin.from !== 'platform';
}

/** Can an INSERT say whose the row is: is a column passed on that is held against the caller, or is none, as where `is_admin()` lets in? */
function namesOwner(graph: SchemaGraph, view: View, condition: BoundExpression): boolean {
  const asked = (waysOf(condition) ?? []).flat().filter((each) => asks(graph, each));
  const columns = new Set<EntityId>(
    asked.flatMap((each) => columnsIn(each.tree, each).flatMap(({ column }) => column ?? [])),
  );
  return columns.size === 0 || passedColumns(view).some((each) => columns.has(each));
}
