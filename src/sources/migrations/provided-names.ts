import type { BoundFunction, BoundRelation } from '../../graph/binding/name-source.ts';

/** Names that the server and its extensions answer to without being entities of the graph. */
export interface ProvidedNames {
  hasBuiltInType(name: string): boolean;
  /** A system catalog or information_schema view. */
  relation(schema: string, name: string): BoundRelation | undefined;
  /** Functions of installed extensions. */
  functions(schema: string, name: string): readonly BoundFunction[];
  /** May a name that nobody answers to still exist: an installed extension whose contents are not fully known. */
  isOpen(): boolean;
  /** The extension that would bring this function, type or operator class, if one does. */
  extensionOf(kind: 'function' | 'type' | 'operatorClass', name: string): string | undefined;
}
