import type { Entity } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { type Acl, defaultAcl, type GrantableClass, nameOfLetter } from '../../../graph/privileges/privileges.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { sameAcl } from '../privileges/same-acl.ts';
import { UNKNOWN, type Value } from './value.ts';

/** The value of proacl, relacl and nspacl, and of what acldefault() gives. */
export class AccessList {
  readonly acl: Acl;
  /** It says what is so by default, for which the catalog may have NULL. */
  readonly mayBeNull: boolean;

  constructor(acl: Acl, mayBeNull: boolean) {
    this.acl = acl;
    this.mayBeNull = mayBeNull;
  }
}

const CLASSES: ReadonlyMap<string, GrantableClass> = new Map([
  ['r', 'table'],
  ['s', 'sequence'],
  ['f', 'function'],
  ['n', 'schema'],
  ['T', 'type'],
]);

/** What the catalog has of an object's privileges; UNKNOWN where the history does not tell. */
export function accessListOf(
  graph: SchemaGraph,
  entity: Entity & { readonly acl: Acl; readonly owner: EntityId },
  grantable: GrantableClass,
): Value {
  if (entity.isAssumed === true || graph.isDoubtful(entity, ['privileges'])) return UNKNOWN;
  return new AccessList(entity.acl, sameAcl(entity.acl, defaultAcl(grantable, entity.owner)));
}

/** acldefault(type, owner) (src/backend/utils/adt/acl.c). */
export function defaultAccess(type: Value, owner: Value): Value {
  const grantable = typeof type === 'string' ? CLASSES.get(type) : undefined;
  if (grantable === undefined || typeof owner !== 'number') return UNKNOWN;
  return new AccessList(defaultAcl(grantable, owner as EntityId), false);
}

/** The rows of aclexplode(): PUBLIC is the grantee 0; who granted is not kept. */
export function explodedRows({ acl }: AccessList): readonly ReadonlyMap<string, Value>[] {
  return acl.flatMap(({ grantee, privileges, grantable }) =>
    [...privileges].map(
      (letter) =>
        new Map<string, Value>([
          ['grantor', UNKNOWN],
          ['grantee', grantee === 'public' ? 0 : grantee],
          ['privilege_type', nameOfLetter(letter)],
          ['is_grantable', grantable.includes(letter)],
        ]),
    ),
  );
}
