import { builtinCast } from '../../../graph/binding/builtin/builtins.ts';
import { baseType, categoryOf, isSameType } from '../../../graph/binding/type-system.ts';
import type { TypeRef } from '../../../graph/type-ref.ts';
import type { ReplayContext } from '../context.ts';

/**
 * May a value be assigned across types without being told how: find_coercion_pathway() for an assignment
 * (src/backend/parser/parse_coerce.c). Undefined where one of the types is not known well enough.
 */
export function isAssignable(from: TypeRef, to: TypeRef, context: ReplayContext): boolean | undefined {
  const { names, graph } = context;
  if (from.isUnresolved || to.isUnresolved) return undefined;
  const source = baseType(from, names);
  const target = baseType(to, names);
  if (isSameType(source, target)) return true;
  const declared = graph
    .ofKind('cast')
    .find((each) => isSameType(each.source, source) && isSameType(each.target, target));
  if (declared) return declared.context !== 'explicit';
  if (source.isArray && target.isArray)
    return isAssignable({ ...source, isArray: false }, { ...target, isArray: false }, context);
  if (!source.isArray && !target.isArray && [source, target].every((each) => each.name.schema === 'pg_catalog')) {
    const cast = builtinCast(source.name.name, target.name.name);
    if (cast !== undefined) return cast !== 'e';
  }
  // Everything can be turned into text by its output function.
  const category = categoryOf(target, names);
  if (category === 'S') return true;
  const isForeign = [source, target].some(
    (each) => each.entity !== undefined && graph.find(each.entity)?.kind === 'baseType',
  );
  return category === undefined || isForeign ? undefined : false;
}
