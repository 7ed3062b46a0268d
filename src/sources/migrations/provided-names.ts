import type { BoundFunction, BoundRelation } from '../../graph/binding/name-source.ts';

export type ProvidedKind = 'function' | 'type' | 'operatorClass' | 'relation' | 'schema';

/** Names that the server and its extensions answer to without being entities of the graph. */
export interface ProvidedNames {
  hasBuiltInType(name: string): boolean;
  /** A system catalog or information_schema view. */
  relation(schema: string, name: string): BoundRelation | undefined;
  /** Functions of installed extensions. */
  functions(schema: string, name: string): readonly BoundFunction[];
  /** May a name that nobody answers to still exist: an extension is installed whose contents are not fully known. */
  isOpen(kind?: ProvidedKind, name?: string): boolean;
  /** The extension that would bring this function, type, operator class, relation (`cron.job`) or schema, if one that is not installed does. */
  extensionOf(kind: ProvidedKind, name: string): string | undefined;
  /** Does the platform put the extension into the schema that its control file names, whatever the statement says. */
  isPlaced(extension: string): boolean;
}
