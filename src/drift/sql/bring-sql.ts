import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import { type Acl, defaultAcl } from '../../graph/privileges.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../../sql/name.ts';
import { addColumn, changeColumn } from './column-sql.ts';
import { addConstraint, dropConstraint } from './constraint-sql.ts';
import { NotWritable, open } from './expression-sql.ts';
import { heldByName, privilegeSql } from './privilege-sql.ts';
import { changeTable, createIndex, createTable, createView } from './relation-sql.ts';
import { createPolicy, createRoutine, createTrigger, enableTrigger } from './routine-sql.ts';
import { grantTarget, target } from './target.ts';
import { addLabels, changePublication, createType } from './type-sql.ts';

/** An object as one side has it, in that side's graph. */
export interface Sided<E extends Entity = Entity> {
  readonly entity: E;
  readonly graph: SchemaGraph;
}

/** A side without the object. */
export interface Lacking {
  readonly entity: null;
  readonly graph: SchemaGraph;
}

export type Side = Sided | Lacking;

export function sideOf(entity: Entity | null, graph: SchemaGraph): Side {
  return entity === null ? { entity, graph } : { entity, graph };
}

/**
 * The statements after which `present` is like `wanted`; null where there are none that keep every row, or that can be
 * written with certainty.
 */
export function bringSql(wanted: Side, present: Side, facts: readonly string[]): readonly string[] | null {
  try {
    const statements = statementsFor(wanted, present, facts);
    return statements.length === 0 ? null : statements;
  } catch (error) {
    if (error instanceof NotWritable) return null;
    throw error;
  }
}

function statementsFor(wanted: Side, present: Side, facts: readonly string[]): readonly string[] {
  if (wanted.entity === null) return present.entity === null ? [] : drop(present);
  if (present.entity === null) return [...create(wanted), ...parts(wanted), ...about(wanted, present)];
  const remade = remake(wanted, present, facts);
  return remade ?? facts.flatMap((fact) => change(fact, wanted, present));
}

function create({ entity, graph }: Sided): readonly string[] {
  switch (entity.kind) {
    case 'table':
      return createTable(entity, graph);
    case 'column':
      return addColumn(entity, graph);
    case 'index':
      return createIndex(entity, graph);
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'exclusionConstraint':
      return addConstraint(entity, graph);
    case 'policy':
      return createPolicy(entity, graph);
    case 'trigger':
      return createTrigger(entity, graph);
    case 'function':
      return createRoutine(entity, graph);
    case 'view':
    case 'materializedView':
      return createView(entity, graph);
    case 'schema':
      return [`create schema ${quoteIdentifier(entity.name)};`];
    case 'extension': {
      const schema = entity.schema === null ? '' : ` with schema ${graph.path(graph.get('schema', entity.schema))}`;
      return [`create extension if not exists ${quoteIdentifier(entity.name)}${schema};`];
    }
    case 'enumType':
    case 'domain':
    case 'compositeType':
      return createType(entity, graph);
    case 'defaultPrivileges':
      return [];
    default:
      throw new NotWritable();
  }
}

/** What a new relation is not yet: its constraints, indexes, policies and triggers. */
function parts({ entity, graph }: Sided): readonly string[] {
  if (entity.kind !== 'table' && entity.kind !== 'view' && entity.kind !== 'materializedView') return [];
  const made: readonly Entity[] = [
    ...graph.constraints(entity.id),
    ...graph.ownedBy(entity.id, 'index').filter(({ constraint }) => constraint === null),
    ...graph.ownedBy(entity.id, 'policy'),
    ...graph.ownedBy(entity.id, 'trigger'),
  ];
  return made.flatMap((part) => create({ entity: part, graph }));
}

/** Comment and privileges of a new object. */
function about(wanted: Sided, present: Lacking): readonly string[] {
  const { entity, graph } = wanted;
  const comments = entity.comment === null ? [] : comment(wanted);
  if (entity.kind === 'defaultPrivileges')
    return defaultPrivileges(wanted as Sided<EntityOf<'defaultPrivileges'>>, present);
  return 'acl' in entity && entity.kind !== 'column' && grantTarget(entity, graph) !== undefined
    ? [...comments, ...privileges(wanted, unwantedDefaults(wanted))]
    : comments;
}

/** Kinds for which a removal loses no row. */
function drop({ entity, graph }: Sided): readonly string[] {
  switch (entity.kind) {
    case 'index':
      if (entity.constraint !== null || entity.parent !== null) throw new NotWritable();
      return [`drop index ${graph.path(entity)};`];
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'exclusionConstraint':
      return dropConstraint(entity, graph);
    case 'policy':
    case 'trigger':
    case 'rewriteRule':
    case 'view':
    case 'function':
    case 'eventTrigger':
    case 'statistics':
      return [`drop ${target(entity, graph)};`];
    case 'defaultPrivileges':
      return defaultPrivileges({ entity: null, graph }, { entity, graph });
    default:
      throw new NotWritable();
  }
}

/** Kinds that are made anew as a whole; undefined where the facts are changed one by one. */
function remake(wanted: Sided, present: Sided, facts: readonly string[]): readonly string[] | undefined {
  const { entity, graph } = wanted;
  const apart = facts.filter((fact) => APART.has(fact)).flatMap((fact) => change(fact, wanted, present));
  const whole = facts.filter((fact) => !APART.has(fact));
  if (whole.length === 0) return undefined;
  switch (entity.kind) {
    case 'trigger':
      if (whole.every((fact) => fact === 'enabled')) return [enableTrigger(entity, graph), ...apart];
      return [...drop(present), ...create(wanted), ...apart];
    case 'index':
    case 'policy':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
      return [...drop(present), ...create(wanted), ...apart];
    case 'function':
      // What is returned, and names of parameters, CREATE OR REPLACE does not change.
      if (whole.some((fact) => ['parameters', 'returns', 'returnsSet', 'routine'].includes(fact)))
        throw new NotWritable();
      return [...create(wanted), ...apart];
    case 'view':
      return [...create(wanted), ...apart];
    case 'enumType':
      return [...addLabels(entity, present.entity as EntityOf<'enumType'>, graph), ...apart];
    case 'publication':
      return [
        ...changePublication(wanted as Sided<EntityOf<'publication'>>, present as Sided<EntityOf<'publication'>>),
        ...apart,
      ];
    default:
      return undefined;
  }
}

const APART: ReadonlySet<string> = new Set(['comment', 'acl', 'owner']);

function change(fact: string, wanted: Sided, present: Sided): readonly string[] {
  const { entity, graph } = wanted;
  if (fact === 'comment') return comment(wanted);
  if (fact === 'owner') return owner(wanted);
  if (entity.kind === 'defaultPrivileges')
    return defaultPrivileges(
      wanted as Sided<EntityOf<'defaultPrivileges'>>,
      present as Sided<EntityOf<'defaultPrivileges'>>,
    );
  if (fact === 'acl') return privileges(wanted, heldByName(aclOf(present.entity), present.graph));
  const statements =
    entity.kind === 'column'
      ? changeColumn(fact, entity, graph)
      : entity.kind === 'table'
        ? changeTable(fact, entity, graph)
        : undefined;
  if (statements === undefined) throw new NotWritable();
  return statements;
}

function comment({ entity, graph }: Sided): readonly string[] {
  const on = target(entity, graph);
  if (on === undefined) throw new NotWritable();
  return [`comment on ${on} is ${entity.comment === null ? 'null' : quoteLiteral(open(entity.comment))};`];
}

function owner({ entity, graph }: Sided): readonly string[] {
  const on = target(entity, graph);
  if (on === undefined || !('owner' in entity)) throw new NotWritable();
  return [`alter ${on} owner to ${graph.path(graph.get('role', entity.owner))};`];
}

function aclOf(entity: Entity): Acl {
  return 'acl' in entity ? entity.acl : [];
}

/** What PUBLIC may do with any new function, where it shall not: a definer's function must not be open until somebody looks again. */
function unwantedDefaults({ entity, graph }: Sided): ReturnType<typeof heldByName> {
  if (entity.kind !== 'function') return new Map();
  const wanted = heldByName(entity.acl, graph);
  return new Map([...heldByName(defaultAcl('function', entity.owner), graph)].filter(([name]) => !wanted.has(name)));
}

/** A new object has what default privileges give there, which nobody here knows: what is wanted is granted again. */
function privileges(wanted: Sided, present: ReturnType<typeof heldByName>): readonly string[] {
  const { entity, graph } = wanted;
  const ownerName = 'owner' in entity ? graph.path(graph.get('role', entity.owner)) : undefined;
  const others = (held: ReturnType<typeof heldByName>) => new Map([...held].filter(([name]) => name !== ownerName));
  const parent = entity.kind === 'column' ? graph.parent(entity) : undefined;
  const on = grantTarget(parent ?? entity, graph);
  if (on === undefined) throw new NotWritable();
  const columns = entity.kind === 'column' ? { columns: ` (${quoteIdentifier(entity.name)})` } : {};
  return privilegeSql(others(heldByName(aclOf(entity), graph)), others(present), on, columns);
}

function defaultPrivileges(wanted: Sided<EntityOf<'defaultPrivileges'>> | Lacking, present: Side): readonly string[] {
  const { entity, graph } = (wanted.entity === null ? present : wanted) as Sided<EntityOf<'defaultPrivileges'>>;
  const schema = entity.schema === null ? '' : ` in schema ${graph.path(graph.get('schema', entity.schema))}`;
  const prefix = `alter default privileges for role ${graph.path(graph.get('role', entity.role))}${schema} `;
  const held = ({ entity: each, graph: own }: Side) => {
    if (each !== null) return heldByName(aclOf(each), own);
    // Without an entry the built-in defaults hold; one of a schema only adds to them.
    return entity.schema === null ? heldByName(defaultAcl(entity.objects, entity.role), graph) : new Map();
  };
  return privilegeSql(held(wanted), held(present), `on ${entity.objects}s`, { prefix });
}
