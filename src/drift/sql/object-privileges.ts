import type { EntityOf } from '../../graph/entities/index.ts';
import { type Acl, ALL_ON, defaultAcl, type GrantableClass } from '../../graph/privileges/privileges.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import { roleThere } from '../usual-owner.ts';
import { NotWritable } from './expression-sql.ts';
import { type Held, heldByName, knownTo, privilegeSql } from './privilege-sql.ts';
import type { Lacking, Side, Sided } from './side.ts';
import { grantTarget } from './target.ts';

type HeldByName = ReadonlyMap<string, Held>;

/** What an object's list must change for; the owner's own entry changes with the owner. @throws NotWritable */
export function changePrivileges(wanted: Sided, present: Sided): readonly string[] {
  const owners = [ownerName(wanted), ownerName(present)].filter((each) => each !== undefined);
  const have = without(held(present), owners);
  return onObject(wanted, without(held(wanted), owners.slice(0, 1)), have);
}

/**
 * What a new object must be given, and what default privileges, those of either side, must not leave there: a definer's
 * function must not be open until somebody looks again.
 */
export function givePrivileges(wanted: Sided, present: Lacking): readonly string[] {
  const owners = [ownerName(wanted)].filter((each) => each !== undefined);
  const want = without(held(wanted), owners);
  const unwanted = new Map<string, Held>();
  for (const [name, { privileges }] of without(byDefault(wanted, present), owners)) {
    const kept = want.get(name)?.privileges ?? '';
    const letters = [...privileges].filter((each) => !kept.includes(each)).join('');
    if (letters !== '') unwanted.set(name, { privileges: letters, grantable: '' });
  }
  return onObject(wanted, want, unwanted);
}

/** A new owner takes over what the old one was granted on columns: it is given back. */
export function columnPrivilegesAfterOwner(wanted: Sided, present: Sided): readonly string[] {
  const [from, to] = [ownerName(present), roleOf(wanted, present)];
  if (from === undefined || to === undefined) return [];
  return wanted.graph.columns(wanted.entity.id).flatMap((column) => {
    const there = present.graph.column(present.entity.id, column.name);
    const have = there === undefined ? new Map() : held({ ...present, entity: there });
    const old = have.get(from);
    if (old === undefined) return [];
    const now: HeldByName = new Map([...without(have, [from]), [to, have.get(to) ?? old]]);
    const its = { ...wanted, entity: column };
    return onObject(its, held(its), now);
  });
}

function roleOf({ entity, graph }: Sided, { graph: there }: Sided): string | undefined {
  return 'owner' in entity ? roleThere(entity.owner, graph, there) : undefined;
}

/** Of a role, for the objects it will make. */
export function defaultPrivileges(
  wanted: Sided<EntityOf<'defaultPrivileges'>> | Lacking,
  present: Side,
): readonly string[] {
  const { entity, graph } = (wanted.entity === null ? present : wanted) as Sided<EntityOf<'defaultPrivileges'>>;
  const schema = entity.schema === null ? '' : ` in schema ${graph.path(graph.get('schema', entity.schema))}`;
  const role = roleThere(entity.role, graph, present.graph);
  const prefix = `alter default privileges for role ${role}${schema} `;
  const heldBy = (side: Side): HeldByName => {
    if (side.entity !== null) return held(side);
    // Without an entry the built-in defaults hold; one of a schema only adds to them.
    return entity.schema === null
      ? heldByName(defaultAcl(entity.objects, entity.role), graph, side.serverMajor)
      : new Map();
  };
  const all = knownTo(wanted.serverMajor, ALL_ON[entity.objects]);
  return privilegeSql(heldBy(wanted), heldBy(present), `on ${entity.objects}s`, { prefix, all });
}

function onObject({ entity, graph, serverMajor }: Sided, want: HeldByName, have: HeldByName): readonly string[] {
  const parent = entity.kind === 'column' ? graph.parent(entity) : undefined;
  const on = grantTarget(parent ?? entity, graph);
  if (on === undefined) throw new NotWritable();
  if (entity.kind === 'column') return privilegeSql(want, have, on, { columns: ` (${quoteIdentifier(entity.name)})` });
  const of = classOf(entity.kind);
  return privilegeSql(want, have, on, of === undefined ? {} : { all: knownTo(serverMajor, ALL_ON[of]) });
}

function held({ entity, graph, serverMajor }: Sided): HeldByName {
  const acl: Acl = 'acl' in entity ? entity.acl : [];
  return heldByName(acl, graph, serverMajor);
}

function ownerName({ entity, graph }: Sided): string | undefined {
  return 'owner' in entity ? graph.path(graph.get('role', entity.owner)) : undefined;
}

function without(list: HeldByName, names: readonly string[]): HeldByName {
  return new Map([...list].filter(([name]) => !names.includes(name)));
}

const CLASSES: { readonly [kind: string]: GrantableClass } = {
  table: 'table',
  view: 'table',
  materializedView: 'table',
  foreignTable: 'table',
  sequence: 'sequence',
  function: 'function',
  schema: 'schema',
  enumType: 'type',
  domain: 'type',
  compositeType: 'type',
};

function classOf(kind: string): GrantableClass | undefined {
  return CLASSES[kind];
}

/** What the server gives a new object of the kind there, by what either side says of the object's owner. */
function byDefault(wanted: Sided, { graph: other }: Lacking): HeldByName {
  const { entity, graph, serverMajor } = wanted;
  const of = classOf(entity.kind);
  if (of === undefined || !('owner' in entity)) return new Map();
  const name = graph.get('role', entity.owner).name;
  const schema = graph.schemaOf(entity);
  const given = new Map<string, string>();
  const add = (acl: Acl, from: SchemaGraph): void => {
    for (const [grantee, { privileges }] of heldByName(acl, from, serverMajor))
      given.set(grantee, `${given.get(grantee) ?? ''}${privileges}`);
  };
  add(defaultAcl(of, entity.owner), graph);
  for (const each of [graph, other]) {
    for (const defaults of each.ofKind('defaultPrivileges')) {
      if (defaults.objects !== of || each.get('role', defaults.role).name !== name) continue;
      if (defaults.schema === null || each.get('schema', defaults.schema).name === schema) add(defaults.acl, each);
    }
  }
  return new Map([...given].map(([grantee, letters]) => [grantee, { privileges: unique(letters), grantable: '' }]));
}

function unique(letters: string): string {
  return [...new Set(letters)].join('');
}
