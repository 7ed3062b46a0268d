import type { CheckedBinding } from '../../graph/binding/binding.ts';
import { mayFit } from '../../graph/type-doubts.ts';
import type { ReplayContext } from './context.ts';

/** Operators without such operands, conditions that are none, values that are not their column's: Postgres refuses the statement. */
export function refuseClashes({ clashes, references }: CheckedBinding, context: ReplayContext): void {
  if (clashes.length === 0) return;
  const relations = references.flatMap((each) => (each.kind === 'relation' ? [each.target] : (each.relation ?? [])));
  // A function may have overloads that the history does not make.
  const certain = clashes.find((each) => each.kind !== 'function' && !mayFit(context.graph, each, relations));
  if (certain === undefined) return;
  const { location } = certain.node as { readonly location?: number };
  context.refuse(certain.message, location);
}
