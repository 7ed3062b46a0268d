import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { type Dependency, type EntityBase, normalOn } from './entity-base.ts';

export interface Schema extends EntityBase<'schema'> {
  readonly name: string;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export interface Extension extends EntityBase<'extension'> {
  readonly name: string;
  /** The schema its objects are in. */
  readonly schema: EntityId | null;
}

export function extensionDependencies(extension: Extension): Dependency[] {
  return normalOn(extension.schema);
}
