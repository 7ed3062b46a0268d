import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree } from '../routines/body-tree.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { nullVariables } from './null-variables.ts';
import { isEmptySignedOut, isNullSignedOut, type NullCall } from './signed-out.ts';

type Routine = EntityOf<'function'>;

/** Calls within calls that are followed. */
const MAX_DEPTH = 3;

/**
 * Says of a call of a user's function whether it is NULL for a caller who is not signed in: `get_role(auth.uid())`, which finds no row, and
 * does not say what then.
 */
export function nullCalls(graph: SchemaGraph, depth = 0): NullCall {
  return (call, { meanings }, isNull) => {
    const called = depth >= MAX_DEPTH ? undefined : calledFunction(graph, { FuncCall: call }, { meanings });
    if (called === undefined || !isUsersOwn(graph, called) || resultKind(called) !== 'value') return false;
    const given = nullParameters(called, call, isNull);
    if (given === undefined) return false;
    if (called.isStrict && given.size > 0) return true;
    return isNullFrom(graph, called, given, depth + 1);
  };
}

/** The parameters that are given NULL; undefined where it is not plain which argument is whose. */
export function nullParameters(
  { parameters }: Routine,
  { args = [] }: FuncCall,
  isNull: (node: Node) => boolean,
): ReadonlySet<string> | undefined {
  if (args.some((each) => 'NamedArgExpr' in each)) return undefined;
  return new Set(args.flatMap((each, at) => (isNull(each) ? (parameters[at]?.name ?? []) : [])));
}

/** Is what the routine gives back NULL for a caller who is not signed in, with NULL for these parameters? */
export function isNullFrom(graph: SchemaGraph, routine: Routine, given: ReadonlySet<string>, depth = 1): boolean {
  const inner = nullCalls(graph, depth);
  const { block, expressions, calls } = routineShape(graph, routine);
  if (bodyTree(routine).language === 'sql') {
    const [only, ...more] = expressions;
    return only !== undefined && more.length === 0 && isNullQuery(only, given, inner);
  }
  const statements = block === null ? [] : [...eachStatement([block])].map(({ statement }) => statement);
  // What may raise an error refuses the caller by itself: RAISE, a statement run for what it does, another function.
  if (block === null || !statements.every(({ kind }) => QUIET.has(kind)) || calls.some((id) => isUsers(graph, id)))
    return false;
  const names = new Set([...given, ...nullVariables(block, expressions, given, inner).names]);
  const returned = statements.flatMap((each) => (each.kind === 'return' ? [each.value] : []));
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  return (
    returned.length > 0 &&
    returned.every((value) => {
      const each = value && bound.get(value.tree);
      return each !== undefined && isNullSignedOut(each.tree, each, names, inner);
    })
  );
}

const QUIET: ReadonlySet<PlStatement['kind']> = new Set(['block', 'if', 'case', 'sql', 'assign', 'return', 'null']);

function isUsers(graph: SchemaGraph, id: EntityId): boolean {
  const called = graph.find(id);
  return called !== undefined && isUsersOwn(graph, called);
}

/** `select role from profiles where id = p_user`, `select my_role()`. */
function isNullQuery(query: Bound, given: ReadonlySet<string>, inner: NullCall): boolean {
  const select = fieldsOf(query.tree, 'SelectStmt');
  if (select === undefined) return false;
  if (isEmptySignedOut(query.tree, query, given, inner)) return true;
  const value = fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
  return select.fromClause === undefined && value !== undefined && isNullSignedOut(value, query, given, inner);
}
