import type { EntityId } from '../entity-id.ts';
import { type Dependency, type EntityBase, normalOn } from './entity-base.ts';

export interface ForeignDataWrapper extends EntityBase<'foreignDataWrapper'> {
  readonly name: string;
}

export interface ForeignServer extends EntityBase<'foreignServer'> {
  readonly name: string;
  readonly wrapper: EntityId | null;
}

export function foreignServerDependencies(server: ForeignServer): Dependency[] {
  return normalOn(server.wrapper);
}
