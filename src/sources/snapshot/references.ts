import type { Entity, EntityKind } from '../../graph/entities/index.ts';
import { KINDS } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import { type Acl, type Grantee, LETTER_ORDER } from '../../graph/privileges/privileges.ts';
import type { TypeRef } from '../../graph/types/type-ref.ts';
import type { QualifiedName } from '../../sql/name.ts';
import { type Codec, definition, type JsonSchema, list, objectSchema, record, text, type Writing } from './codec.ts';
import type { Json } from './json.ts';

/** An entity of a kind that its place tells, by its key: `public.orders.user_id`. */
export function entity(kind: EntityKind): Codec<EntityId> {
  return {
    schema: { type: 'string' },
    write: (id, writing) => writing.keyOf(found(id, writing)),
    read: (json, { idOf }) => idOf(kind, json as string),
  };
}

/** An entity of one of several kinds: `table public.orders`. */
export function oneOfKinds(...kinds: readonly EntityKind[]): Codec<EntityId> {
  return {
    schema: { type: 'string', pattern: `^(${kinds.join('|')}) ` },
    write: (id, writing) => addressOf(found(id, writing), writing),
    read: (json, { idOf }) => idOf(...splitAddress(json as string)),
  };
}

export const anyEntity = oneOfKinds(...(Object.keys(KINDS) as EntityKind[]));

export function addressOf(entity: Entity, { keyOf }: Pick<Writing, 'keyOf'>): string {
  return `${entity.kind} ${keyOf(entity)}`;
}

export function splitAddress(address: string): [EntityKind, string] {
  const space = address.indexOf(' ');
  return [address.slice(0, space) as EntityKind, address.slice(space + 1)];
}

function found(id: EntityId, { graph }: Pick<Writing, 'graph'>): Entity {
  const entity = graph.find(id);
  if (entity === undefined) throw new Error(`no entity ${id} in the graph that is written`);
  return entity;
}

export const role = entity('role');

/** No role can be called public without quotes. */
export const grantee: Codec<Grantee> = {
  schema: role.schema,
  write: (value, writing) => (value === 'public' ? 'public' : role.write(value, writing)),
  read: (json, resolving) => (json === 'public' ? 'public' : role.read(json, resolving)),
};

/** As Postgres prints it: `anon=arw*d`, the grantee PUBLIC being empty, a star behind what is held WITH GRANT OPTION. */
const aclEntry: Codec<Acl[number]> = {
  schema: { type: 'string', pattern: `=([${LETTER_ORDER}]\\*?)*$` },
  write: ({ grantee, privileges, grantable }, writing) => {
    const name = grantee === 'public' ? '' : writing.keyOf(found(grantee, writing));
    return `${name}=${[...privileges].map((each) => (grantable.includes(each) ? `${each}*` : each)).join('')}`;
  },
  read: (json, { idOf }) => {
    const written = json as string;
    const equals = written.lastIndexOf('=');
    const name = written.slice(0, equals);
    const letters = written.slice(equals + 1);
    return {
      grantee: name === '' ? 'public' : idOf('role', name),
      privileges: letters.replaceAll('*', ''),
      grantable: [...letters.matchAll(/(.)\*/g)].map((each) => each[1]).join(''),
    };
  },
};

const entries = list(aclEntry);
export const ACL_SCHEMA = entries.schema;
export const acl: Codec<Acl> = { ...entries, schema: definition('acl') };

const names = record<QualifiedName>({ schema: text, name: text }, ['schema', 'name']);
export const NAME_SCHEMA = names.schema;
export const qualifiedName: Codec<QualifiedName> = { ...names, schema: definition('name') };

const BUILT_IN = /^([a-z_][a-z0-9_]*)(?:\(([^()]+)\))?(\[\])?$/;

export const TYPE_SCHEMA: JsonSchema = {
  anyOf: [
    { type: 'string', pattern: BUILT_IN.source },
    objectSchema(
      {
        schema: { type: 'string' },
        name: { type: 'string' },
        of: anyEntity.schema,
        isArray: { type: 'boolean' },
        modifiers: { type: 'array', items: { type: 'string' } },
        isUnresolved: { const: true },
      },
      ['schema', 'name'],
    ),
  ],
};

/** `numeric(10,6)[]` for a type of Postgres' own, by its internal name; an object for any other. */
export const type: Codec<TypeRef> = {
  schema: definition('type'),
  write: (value, writing) => {
    const { name, entity, isArray, modifiers, isUnresolved } = value;
    if (entity === undefined && name.schema === 'pg_catalog' && isUnresolved === undefined) {
      const short = `${name.name}${modifiers.length === 0 ? '' : `(${modifiers.join(',')})`}${isArray ? '[]' : ''}`;
      if (BUILT_IN.test(short) && !modifiers.some((each) => /[,()]/.test(each))) return short;
    }
    return {
      schema: name.schema,
      name: name.name,
      ...(entity === undefined ? {} : { of: addressOf(found(entity, writing), writing) }),
      ...(isArray ? { isArray } : {}),
      ...(modifiers.length === 0 ? {} : { modifiers }),
      ...(isUnresolved ? { isUnresolved } : {}),
    };
  },
  read: (json, resolving) => {
    if (typeof json === 'string') {
      const [, name = '', modifiers, array] = BUILT_IN.exec(json) ?? [];
      return {
        name: { schema: 'pg_catalog', name },
        isArray: array !== undefined,
        modifiers: modifiers === undefined ? [] : modifiers.split(','),
      };
    }
    const { of, isArray, modifiers, isUnresolved, ...name } = json as unknown as WrittenType;
    return {
      name: { schema: name.schema, name: name.name },
      ...(of === undefined ? {} : { entity: anyEntity.read(of, resolving) }),
      isArray: isArray ?? false,
      modifiers: modifiers ?? [],
      ...(isUnresolved ? { isUnresolved } : {}),
    };
  },
};

interface WrittenType extends QualifiedName {
  readonly of?: Json;
  readonly isArray?: boolean;
  readonly modifiers?: readonly string[];
  readonly isUnresolved?: true;
}
