import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { expressionsWithin } from '../../sql/plpgsql/expressions-within.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaiseFor } from './raise-conditions.ts';

type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/**
 * May a trigger keep a value out of the column, or put another there: it names the column or takes whole rows, and raises an error that may be about it or returns no row
 * somewhere, sets the column, writes to its own table, or calls or runs what may do so? One that only tells of the row elsewhere
 * does not. What it does with the value is not concluded from.
 * @param but this function does not count
 */
export function isGuarded(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: EntityOf<'column'>,
  command: 'insert' | 'update',
  but?: EntityId,
): boolean {
  return graph.ownedBy(table.id, 'trigger').some((trigger) => {
    if (trigger.enabled === 'disabled' || !trigger.events.includes(command)) return false;
    if (but !== undefined && trigger.function === but) return false;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.body === null) return true;
    if (called.origin.from === 'platform') return false;
    if (called.language !== 'plpgsql') return true;
    const isMet = isNamedInBody(called, column.name) || takesWholeRows(graph, called);
    return isMet && mayInterfere(graph, trigger, called, column);
  });
}

/** `new := old`, or a condition on whole rows, `to_jsonb(new) - 'read_at' <> to_jsonb(old) - 'read_at'`: each column, without its name. */
function takesWholeRows(graph: SchemaGraph, routine: Routine): boolean {
  const { block, assignments } = routineShape(graph, routine);
  if (assignments.some(({ target }) => target.length === 1 && target[0] === 'new')) return true;
  const statements = [...eachStatement(block === null ? [] : [block])].map(({ statement }) => statement);
  const kept = new Set(statements.flatMap(rowVariables));
  return statements
    .filter(({ kind }) => kind === 'if' || kind === 'case' || kind === 'assert')
    .flatMap(ownExpressions)
    .some(({ tree }) =>
      anyNode(tree, (node) => {
        const name = loneName(node);
        return name !== undefined && (isWholeRow(node) || kept.has(name));
      }),
    );
}

/** The variables that a statement sets to something made of a whole row. */
function rowVariables(statement: PlStatement): readonly string[] {
  if (statement.kind === 'assign') {
    const name = loneName(statement.target.tree);
    return name !== undefined && anyNode(statement.value.tree, isWholeRow) ? [name] : [];
  }
  if (statement.kind !== 'block') return [];
  return statement.declarations.flatMap((each) =>
    each.kind === 'variable' && expressionsWithin(each).some(({ tree }) => anyNode(tree, isWholeRow))
      ? [each.name]
      : [],
  );
}

function isWholeRow(node: Node): boolean {
  const name = loneName(node);
  return name === 'new' || name === 'old';
}

function loneName(node: Node): string | undefined {
  const [name, more] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  return more === undefined ? name : undefined;
}

function mayInterfere(graph: SchemaGraph, trigger: Trigger, routine: Routine, column: EntityOf<'column'>): boolean {
  const shape = routineShape(graph, routine);
  if (!shape.isWhole || shape.block === null) return true;
  const isBefore = trigger.timing !== 'after';
  if (isBefore && returnsOther(shape.block)) return true;
  const sets = shape.assignments.some(({ target: [row, name] }) => {
    return row === 'new' && (name === undefined || name === column.name);
  });
  if (isBefore && sets) return true;
  if (shape.writes.some(({ write: { relation } }) => relation === null || relation === trigger.relation)) return true;
  return mayRaiseFor(shape.block, column.name) || callsRaising(graph, routine, new Set([routine.id]));
}

/** Does it return anything else than the new row: none, the old one, one that it made? */
function returnsOther(block: PlBlock): boolean {
  return [...eachStatement([block])].some(
    ({ statement }) => statement.kind === 'return' && !/^\s*new\s*$/i.test(statement.value?.text ?? ''),
  );
}

/** May it raise an error, by itself or through what it calls? */
export function mayRaise(graph: SchemaGraph, routine: Routine, known = new Set<EntityId>()): boolean {
  if (known.has(routine.id)) return false;
  known.add(routine.id);
  const shape = routineShape(graph, routine);
  if (!shape.isWhole) return true;
  const raises =
    shape.block !== null &&
    [...eachStatement([shape.block])].some(({ statement }) => {
      return statement.kind === 'assert' || raisesError(statement);
    });
  return raises || callsRaising(graph, routine, known);
}

function callsRaising(graph: SchemaGraph, routine: Routine, known: Set<EntityId>): boolean {
  return routineShape(graph, routine).calls.some((id) => {
    const called = graph.find(id);
    return called?.kind === 'function' && called.origin.from !== 'platform' && mayRaise(graph, called, known);
  });
}
