// Over 200 lines: RENAME of every kind of object, each with what keeps the same name as it.
import type { Node, ObjectType, RenameStmt } from '@pgsql/types';
import type { Entity, EntityOf, Relation } from '../../../graph/entities/index.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { findObject } from '../find-object.ts';
import { isNot } from '../relation-words.ts';
import { childrenOf, parentsOf, partitionsOf } from '../relations/children.ts';
import { isInSchema, setName, setSchema } from '../relations/new-name.ts';
import { contentOf } from './drop.ts';

type Table = EntityOf<'table'>;

/** ALTER … RENAME, of everything. */
export function rename(node: RenameStmt, context: ReplayContext): void {
  const type = node.renameType ?? 'OBJECT_TABLE';
  const newName = node.newname ?? '';
  switch (type) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_SEQUENCE':
    case 'OBJECT_INDEX':
    case 'OBJECT_FOREIGN_TABLE': {
      const relation = renamedRelation(node, type, context);
      if (relation) renameRelation(relation, newName, context);
      return;
    }
    case 'OBJECT_COLUMN':
    case 'OBJECT_ATTRIBUTE': {
      const owner = renamedRelation(node, node.relationType ?? 'OBJECT_TABLE', context);
      if (owner) renameColumn(owner, node, context);
      return;
    }
    case 'OBJECT_TABCONSTRAINT': {
      const table = renamedRelation(node, 'OBJECT_TABLE', context);
      if (table) renameConstraint(table, node, context);
      return;
    }
    case 'OBJECT_POLICY':
    case 'OBJECT_TRIGGER':
    case 'OBJECT_RULE': {
      const owner = renamedRelation(node, 'OBJECT_TABLE', context);
      if (owner) renamePart(owner, PARTS[type], node, context);
      return;
    }
    case 'OBJECT_SCHEMA':
      renameSchema(node, context);
      return;
    case 'OBJECT_DATABASE':
    case 'OBJECT_TABLESPACE':
      return;
    default:
      renameOther(node, type, context);
  }
}

const PARTS = { OBJECT_POLICY: 'policy', OBJECT_TRIGGER: 'trigger', OBJECT_RULE: 'rewriteRule' } as const;

/** The kinds that ALTER of a word accepts; ALTER TABLE and ALTER INDEX take any relation (RenameRelation()). */
const KINDS: ReadonlyMap<ObjectType, Relation['kind']> = new Map([
  ['OBJECT_FOREIGN_TABLE', 'foreignTable'],
  ['OBJECT_MATVIEW', 'materializedView'],
  ['OBJECT_SEQUENCE', 'sequence'],
  ['OBJECT_TYPE', 'compositeType'],
  ['OBJECT_VIEW', 'view'],
]);

const WORDS: ReadonlyMap<ObjectType, string> = new Map([
  ['OBJECT_INDEX', 'index'],
  ['OBJECT_SEQUENCE', 'sequence'],
  ['OBJECT_TYPE', 'type'],
]);

function renamedRelation(node: RenameStmt, type: ObjectType, context: ReplayContext): Relation | undefined {
  const range = node.relation ?? {};
  const found = context.lookup(range);
  if (found === undefined) {
    if (node.missing_ok) return undefined;
    if (type === 'OBJECT_TABLE') return context.assumptions.table(range);
    const schema = range.schemaname ?? context.names.creationSchema();
    context.refuseUnknown(WORDS.get(type) ?? 'table', context.written(schema, range.relname ?? ''), range.location);
  }
  const wanted = KINDS.get(type);
  if (wanted !== undefined && found.kind !== wanted && !found.isAssumed)
    context.refuse(isNot(found.name.name, wanted), range.location);
  return found;
}

function renameRelation(relation: Relation, newName: string, context: ReplayContext): void {
  const { graph } = context;
  const name = { schema: relation.name.schema, name: newName };
  const taken = graph.relation(name) ?? (relation.kind === 'index' ? undefined : graph.type(name));
  if (taken) context.refuseDuplicate(taken);
  const constraint =
    relation.kind === 'index' && relation.constraint !== null ? graph.find(relation.constraint) : undefined;
  if (constraint) refuseTaken(graph.constraint((relation as EntityOf<'index'>).relation, newName), context);
  setName(context, relation, newName);
  if (constraint) setName(context, constraint, newName);
}

function refuseTaken(taken: Entity | undefined, context: ReplayContext): void {
  if (taken) context.refuseDuplicate(taken);
}

/** renameatt(): the column, and the same one of all tables below; whatever uses it points at the column and follows. */
function renameColumn(owner: Relation, node: RenameStmt, context: ReplayContext): void {
  const { graph } = context;
  const column = context.column(owner, node.subname ?? '', node.relation?.location);
  if (owner.kind === 'table') {
    if (column.isInherited && parentsOf(graph, owner).length > 0)
      context.refuse(`cannot rename inherited column "${column.name}"`, node.relation?.location);
    if (node.relation?.inh !== true && childrenOf(graph, owner.id).length > 0)
      context.refuse(`inherited column "${column.name}" must be renamed in child tables too`, node.relation?.location);
  }
  renameBelow(owner, column.name, node.newname ?? '', context);
}

function renameBelow(owner: Relation, before: string, after: string, context: ReplayContext): void {
  const { graph } = context;
  const column = graph.column(owner.id, before);
  if (column === undefined) return;
  const taken = graph.column(owner.id, after);
  if (taken && !taken.isAssumed) context.refuseDuplicate(taken);
  setName(context, column, after);
  for (const child of childrenOf(graph, owner.id)) renameBelow(child, before, after, context);
}

/** rename_constraint_internal(): a key's index has its name; checks and NOT NULL follow in the tables below. */
function renameConstraint(owner: Relation, node: RenameStmt, context: ReplayContext): void {
  const { graph, builder, by } = context;
  const before = node.subname ?? '';
  const after = node.newname ?? '';
  const constraint = graph.constraint(owner.id, before);
  const column = graph.columns(owner.id).find((each) => each.notNullName === before);
  if (constraint === undefined && column === undefined) {
    if (owner.isAssumed || graph.isDoubtful(owner, ['constraints'])) return;
    context.refuseUnknown('constraint', `${graph.path(owner)}.${quoteIdentifier(before)}`, node.relation?.location);
  }
  refuseTaken(graph.constraint(owner.id, after), context);
  if (constraint && 'index' in constraint) {
    const index = graph.get('index', constraint.index);
    refuseTaken(graph.relation({ schema: index.name.schema, name: after }), context);
    setName(context, index, after);
  }
  if (constraint) setName(context, constraint, after);
  else if (column) builder.alter(column, { notNullName: after }, by);
  const follows = constraint === undefined || (constraint.kind === 'checkConstraint' && !constraint.noInherit);
  if (follows && owner.kind === 'table')
    for (const child of childrenOf(graph, owner.id)) follow(child, before, after, context);
}

function follow(child: Table, before: string, after: string, context: ReplayContext): void {
  const { graph, builder, by } = context;
  const check = graph.constraint(child.id, before);
  const column = graph.columns(child.id).find((each) => each.notNullName === before);
  if (check) setName(context, check, after);
  else if (column) builder.alter(column, { notNullName: after }, by);
  for (const below of childrenOf(graph, child.id)) follow(below, before, after, context);
}

function renamePart(
  owner: Relation,
  kind: 'policy' | 'trigger' | 'rewriteRule',
  node: RenameStmt,
  context: ReplayContext,
): void {
  const { graph } = context;
  const before = node.subname ?? '';
  const part = graph.part(kind, owner.id, before);
  if (part === undefined) {
    if (owner.isAssumed || graph.isDoubtful(owner, [kind === 'policy' ? 'policies' : 'triggers'])) return;
    const word = kind === 'rewriteRule' ? 'rule' : kind;
    context.refuseUnknown(word, `${graph.path(owner)}.${quoteIdentifier(before)}`, node.relation?.location);
  }
  refuseTaken(graph.part(kind, owner.id, node.newname ?? ''), context);
  setName(context, part, node.newname ?? '');
  if (part.kind === 'trigger' && part.level === 'row') {
    for (const partition of partitionsOf(graph, owner.id))
      if (graph.part('trigger', partition.id, before)) renamePart(partition, 'trigger', node, context);
  }
}

function renameSchema(node: RenameStmt, context: ReplayContext): void {
  const { graph } = context;
  const before = node.subname ?? '';
  const after = node.newname ?? '';
  const schema = graph.global('schema', before);
  if (schema === undefined) context.refuseUnknown('schema', quoteIdentifier(before));
  refuseTaken(graph.global('schema', after), context);
  if (after.startsWith('pg_')) context.refuse(`unacceptable schema name "${after}"`);
  setName(context, schema, after);
  for (const each of contentOf(before, graph)) if (isInSchema(each)) setSchema(context, each, after);
}

const GLOBALS: ReadonlyMap<
  ObjectType,
  'role' | 'publication' | 'eventTrigger' | 'foreignServer' | 'foreignDataWrapper'
> = new Map([
  ['OBJECT_ROLE', 'role'],
  ['OBJECT_PUBLICATION', 'publication'],
  ['OBJECT_EVENT_TRIGGER', 'eventTrigger'],
  ['OBJECT_FOREIGN_SERVER', 'foreignServer'],
  ['OBJECT_FDW', 'foreignDataWrapper'],
]);

/** Types, routines, roles, publications and the rest: nothing else has their name. */
function renameOther(node: RenameStmt, type: ObjectType, context: ReplayContext): void {
  const newName = node.newname ?? '';
  const found = findObject(type, objectOf(node, type), context);
  if (found.is === 'elsewhere') return;
  if (found.is === 'missing') {
    if (!node.missing_ok) context.refuseUnknown(found.objectKind, found.name);
    return;
  }
  const { entity } = found;
  const { graph } = context;
  const global = GLOBALS.get(type);
  if (global) refuseTaken(graph.global(global, newName), context);
  if (type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN') {
    if (entity.kind === 'table') context.refuse(`${graph.path(entity)} is a table's row type`);
    const schema = isInSchema(entity) ? entity.name.schema : '';
    refuseTaken(graph.type({ schema, name: newName }) ?? graph.relation({ schema, name: newName }), context);
  }
  setName(context, entity, newName);
}

function objectOf(node: RenameStmt, type: ObjectType): Node | undefined {
  if (type === 'OBJECT_ROLE') return { String: { sval: node.subname ?? '' } };
  if (type !== 'OBJECT_DOMCONSTRAINT') return node.object;
  const names = node.object && 'List' in node.object ? (node.object.List.items ?? []) : [];
  return { List: { items: [{ TypeName: { names } }, { String: { sval: node.subname ?? '' } }] } };
}
