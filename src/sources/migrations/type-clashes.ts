import type { CheckedBinding } from '../../graph/binding/binding.ts';
import type { TypeClash } from '../../graph/binding/type-clash.ts';
import { mayFit } from '../../graph/types/type-doubts.ts';
import type { ReplayContext } from './context.ts';

/** A function may have overloads that the history does not make; of two that it makes, one may have been dropped. */
function isKnown({ kind, name }: TypeClash, { graph }: ReplayContext): boolean {
  if (kind === 'function') return false;
  if (kind !== 'ambiguous') return true;
  return !graph.ofKind('function').some((each) => each.name.name === name && graph.isDoubtful(each, ['functions']));
}

/** Operators without such operands, conditions that are none, values that are not their column's: Postgres refuses the statement. */
export function refuseClashes({ clashes, references }: CheckedBinding, context: ReplayContext): void {
  if (clashes.length === 0) return;
  const relations = references.flatMap((each) => (each.kind === 'relation' ? [each.target] : (each.relation ?? [])));
  const certain = clashes.find((each) => isKnown(each, context) && !mayFit(context.graph, each, relations));
  if (certain === undefined) return;
  const { location } = certain.node as { readonly location?: number };
  context.refuse(certain.message, location);
}
