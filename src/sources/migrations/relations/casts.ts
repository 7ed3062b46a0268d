import { assigns, baseType, isSameType } from '../../../graph/binding/type-system.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import type { ReplayContext } from '../context.ts';

/** May a value be assigned across types without being told how? Undefined where one of the types is not known well enough. */
export function isAssignable(from: TypeRef, to: TypeRef, context: ReplayContext): boolean | undefined {
  const { names, graph } = context;
  if (from.isUnresolved || to.isUnresolved) return undefined;
  const source = baseType(from, names);
  const target = baseType(to, names);
  const declared = graph
    .ofKind('cast')
    .find((each) => isSameType(each.source, source) && isSameType(each.target, target));
  if (declared) return declared.context !== 'explicit';
  if (source.isArray && target.isArray)
    return isAssignable({ ...source, isArray: false }, { ...target, isArray: false }, context);
  return assigns(source, target, names);
}
