import type { Node } from '@pgsql/types';
import type { EntityId } from '../../entity-id.ts';
import type { TypeRef } from '../../types/type-ref.ts';
import type { Binding, Meaning } from '../binding.ts';

/** An expression's key, kept open as far as a cast around it may still change it. */
export type Form =
  | { readonly kind: 'constant'; readonly type: TypeRef | undefined; readonly value: string | null }
  | { readonly kind: 'array'; readonly type: TypeRef | undefined; readonly elements: readonly Form[] }
  | {
      readonly kind: 'logic';
      readonly type: TypeRef;
      readonly operator: 'and' | 'or';
      readonly parts: readonly Form[];
    }
  | { readonly kind: 'key'; readonly type: TypeRef | undefined; readonly key: string };

/** What the functions of this folder pass along while they write one key. */
export interface Writer {
  readonly binding: Binding | undefined;
  nameOf(id: EntityId): string;
  labelOf(type: EntityId, label: string): string;
  /** An expression with the implicit cast its context gives it. */
  value(node: Node | undefined): Form;
  /** The same as text. */
  text(node: Node | undefined): string;
  /** A query; `isNamed` where the names of its output columns mean something. */
  query(node: Node, isNamed: boolean): string;
}

export function meaningOf(writer: Writer, inner: object): Meaning | undefined {
  return writer.binding?.meanings.get(inner);
}

export function typeOf(writer: Writer, inner: object): TypeRef | undefined {
  return writer.binding?.types.get(inner);
}
