import type { BoundExpression } from '../../graph/bound-expression.ts';
import type { ReplayContext } from './context.ts';
import { rebound } from './relations/rebound-expression.ts';

/**
 * Policies that name what was made only later in the history: where such a policy stands, somebody made that table or function before it. Their names are
 * looked up once more when all is there, so that a helper or an index is known for what it is, whatever the order of the files.
 */
export function bindPoliciesAgain(context: ReplayContext): void {
  for (const policy of context.graph.ofKind('policy')) {
    const table = context.graph.find(policy.table);
    if (table?.kind !== 'table') continue;
    const again = (clause: BoundExpression | null): BoundExpression | null => {
      if (clause === null || !isOpen(clause)) return clause;
      const bound = rebound(clause, table, context);
      return bound.unresolved.length < clause.unresolved.length ? bound : clause;
    };
    const [using, check] = [again(policy.using), again(policy.check)];
    if (using !== policy.using || check !== policy.check) context.builder.rebind(policy, { using, check });
  }
}

/** Does it name something that may be there by now? A column that a known table lacks is told of and stays missing. */
function isOpen({ unresolved }: BoundExpression): boolean {
  const isMissing = unresolved.some(({ kind, reason }) => kind === 'column' && reason === 'unknown');
  return !isMissing && unresolved.some(({ reason }) => reason !== 'ambiguous');
}
