import type { A_Const, TypeCast } from '@pgsql/types';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from './type-ref.ts';

/** A constant that its context or a cast makes a label of an enum that has no such label: 22P02 when the expression is read (enum_in()). */
export interface UnknownLabel {
  readonly label: string;
  readonly type: EntityOf<'enumType'>;
  readonly constant: A_Const;
}

/**
 * Those of an expression, as far as the enums are known.
 * @param isReread the text is read anew each time (a body): a label renamed since is not found any more
 */
export function unknownLabels(
  { coercions, types }: Binding,
  graph: SchemaGraph,
  isReread: boolean,
): readonly UnknownLabel[] {
  if (graph.ofKind('enumType').length === 0) return [];
  const found: UnknownLabel[] = [];
  coercions.forEach((type, node) => {
    check(node, type, graph, isReread, found);
  });
  types.forEach((type, node) => {
    const { arg } = node as TypeCast;
    if (arg !== undefined && 'typeName' in node && 'A_Const' in arg) check(arg.A_Const, type, graph, isReread, found);
  });
  return found;
}

function check(node: object, ref: TypeRef, graph: SchemaGraph, isReread: boolean, found: UnknownLabel[]): void {
  const type = ref.entity === undefined || ref.isArray ? undefined : graph.find(ref.entity);
  if (type?.kind !== 'enumType') return;
  const constant = node as A_Const;
  const label = constant.sval === undefined ? undefined : (constant.sval.sval ?? '');
  if (label === undefined || type.labels.includes(label)) return;
  if (!isReread && type.renamed?.has(label)) return;
  if (type.isAssumed === true || graph.isDoubtful(type, ['types'])) return;
  found.push({ label, type, constant });
}
