import type { Binding } from '../../graph/binding/binding.ts';
import { unknownLabels } from '../../graph/types/unknown-labels.ts';
import type { ReplayContext } from './context.ts';

/** Postgres looks a label up when it reads the expression, which it then refuses. */
export function refuseUnknownLabels(binding: Binding, context: ReplayContext): void {
  const [first] = unknownLabels(binding, context.graph, false);
  if (first === undefined) return;
  const { label, type, constant } = first;
  context.refuse(`invalid input value for enum ${context.graph.path(type)}: "${label}"`, constant.location);
}
