import type { A_Const, TypeCast } from '@pgsql/types';
import type { Binding } from '../../graph/binding/binding.ts';
import type { TypeRef } from '../../graph/type-ref.ts';
import type { ReplayContext } from './context.ts';

/** A constant that its context or a cast makes a label of an enum is looked up when the expression is analysed (enum_in()). */
export function refuseUnknownLabels({ coercions, types }: Binding, context: ReplayContext): void {
  if (context.graph.ofKind('enumType').length === 0) return;
  coercions.forEach((type, node) => {
    checkLabel(node, type, context);
  });
  types.forEach((type, node) => {
    const { arg } = node as TypeCast;
    if (arg !== undefined && 'typeName' in node && 'A_Const' in arg) checkLabel(arg.A_Const, type, context);
  });
}

function checkLabel(node: object, type: TypeRef, context: ReplayContext): void {
  const { graph } = context;
  const found = type.entity === undefined || type.isArray ? undefined : graph.find(type.entity);
  if (found?.kind !== 'enumType') return;
  const { sval, location } = node as A_Const;
  if (sval === undefined || found.labels.includes(sval.sval ?? '') || found.renamed?.has(sval.sval ?? '')) return;
  if (found.isAssumed === true || graph.isDoubtful(found, ['types'])) return;
  context.refuse(`invalid input value for enum ${graph.path(found)}: "${sval.sval ?? ''}"`, location);
}
