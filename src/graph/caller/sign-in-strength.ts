import type { Node } from '@pgsql/types';
import { writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { namesNothingOfRow } from '../own-column.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRoleValue } from './caller-source.ts';
import { claimOf } from './signed-out.ts';

/** The level at which they signed in, and by which methods (Supabase docs, Multi-Factor Authentication). */
const LEVELS: ReadonlySet<string> = new Set(['aal', 'amr']);

/**
 * Is all that a clause asks how well they proved who they are: `(select auth.jwt() ->> 'aal') = 'aal2'`, also by way of the factors that they have and of
 * functions of the user's? Everybody may prove that of themselves, and it says nothing of who they are, nor of the row.
 */
export const asksOnlyHowSignedIn = askedOnce((graph: SchemaGraph, clause: BoundExpression): boolean => {
  const seen = new Set<EntityId>();
  return namesNothingOfRow(clause) && isAboutLevel(graph, clause, seen) === 'level';
});

/** `other` where anything else of the caller, a row or an unknown body may have a say; `nothing` where no level is asked for either. */
function isAboutLevel(
  graph: SchemaGraph,
  part: Binding & { readonly tree: Node },
  seen: Set<EntityId>,
): 'level' | 'nothing' | 'other' {
  const relations = nodesOf(part.tree, 'RangeVar');
  if (relations.some(({ schemaname, relname }) => schemaname !== 'auth' || relname !== 'mfa_factors')) return 'other';
  if (nodesOf(part.tree, 'SQLValueFunction').some((each) => isRoleValue({ SQLValueFunction: each }))) return 'other';
  const claims = nodesOf(part.tree, 'A_Expr').flatMap((each) => claimOf({ A_Expr: each }, part) ?? []);
  if (claims.some((each) => !LEVELS.has(each))) return 'other';
  let tokens = 0;
  let isAsked = claims.length > 0;
  for (const call of nodesOf(part.tree, 'FuncCall')) {
    if (isCallerCall(call, part)) {
      const { name } = writtenName(call.funcname);
      if (name === 'jwt') tokens += 1;
      else if (name !== 'uid' || relations.length === 0) return 'other';
      continue;
    }
    if (part.meanings.get(call) === undefined) return 'other';
    const called = calledFunction(graph, { FuncCall: call }, part);
    if (called === undefined || called.extension !== undefined || seen.has(called.id)) continue;
    seen.add(called.id);
    const { unread, dynamic, writes, expressions } = routineShape(graph, called);
    if (unread.length + dynamic.length + writes.length > 0) return 'other';
    const inside = expressions.map((each) => isAboutLevel(graph, each, seen));
    if (inside.includes('other')) return 'other';
    isAsked ||= inside.includes('level');
  }
  if (tokens > claims.length) return 'other';
  return isAsked ? 'level' : 'nothing';
}
