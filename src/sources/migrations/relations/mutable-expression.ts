import { innerNode } from '../../../graph/binding/analysis.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import { anyNode } from '../../../sql/walk.ts';
import type { ReplayContext } from '../context.ts';

/**
 * Refuses an expression that surely is not immutable: it calls a built-in function that is stable or volatile, or reads the
 * clock or the user. The user's functions are not judged: Postgres looks through those it can inline.
 */
export function refuseMutable(expression: BoundExpression, message: string, context: ReplayContext): void {
  const isMutable = anyNode(expression.tree, (node, tag) => {
    if (tag === 'SQLValueFunction') return true;
    const inner = innerNode(node);
    const meaning = inner && expression.meanings.get(inner);
    if (meaning?.kind !== 'call' || meaning.function.name.schema !== 'pg_catalog') return false;
    const { volatility } = meaning.function;
    return volatility === 'stable' || volatility === 'volatile';
  });
  if (isMutable) context.refuse(message);
}
