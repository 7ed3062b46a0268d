// Over 200 lines: one case for each kind of object that SQL can name.
import type { Node, ObjectType, TypeName } from '@pgsql/types';
import { isSameType } from '../../graph/binding/type-system.ts';
import type { Entity, EntityOf, Relation } from '../../graph/entities/index.ts';
import type { TypeRef } from '../../graph/types/type-ref.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { ReplayContext } from './context.ts';
import { isNot } from './relation-words.ts';
import { findRoutine, isProvided } from './routine/find-routine.ts';
import { lookUpType } from './type-lookup.ts';

/** What a statement names by object type and name (get_object_address(), src/backend/catalog/objectaddress.c). */
export type FoundObject =
  | { readonly is: 'found'; readonly entity: Entity }
  | { readonly is: 'missing'; readonly objectKind: string; readonly name: string }
  /** The server's, an extension's, or of a kind that the graph does not hold. */
  | { readonly is: 'elsewhere' };

const ELSEWHERE: FoundObject = { is: 'elsewhere' };

const RELATIONS: ReadonlyMap<ObjectType, Relation['kind']> = new Map([
  ['OBJECT_TABLE', 'table'],
  ['OBJECT_VIEW', 'view'],
  ['OBJECT_MATVIEW', 'materializedView'],
  ['OBJECT_FOREIGN_TABLE', 'foreignTable'],
  ['OBJECT_SEQUENCE', 'sequence'],
  ['OBJECT_INDEX', 'index'],
]);

const GLOBALS: ReadonlyMap<
  ObjectType,
  readonly [
    'schema' | 'role' | 'extension' | 'publication' | 'eventTrigger' | 'foreignServer' | 'foreignDataWrapper',
    string,
  ]
> = new Map([
  ['OBJECT_SCHEMA', ['schema', 'schema']],
  ['OBJECT_ROLE', ['role', 'role']],
  ['OBJECT_EXTENSION', ['extension', 'extension']],
  ['OBJECT_PUBLICATION', ['publication', 'publication']],
  ['OBJECT_EVENT_TRIGGER', ['eventTrigger', 'event trigger']],
  ['OBJECT_FOREIGN_SERVER', ['foreignServer', 'server']],
  ['OBJECT_FDW', ['foreignDataWrapper', 'foreign-data wrapper']],
]);

const PARTS: ReadonlyMap<ObjectType, 'policy' | 'trigger' | 'rewriteRule'> = new Map([
  ['OBJECT_POLICY', 'policy'],
  ['OBJECT_TRIGGER', 'trigger'],
  ['OBJECT_RULE', 'rewriteRule'],
]);

type Minor = EntityOf<'minorObject'>['object'];

const MINOR: ReadonlyMap<ObjectType, Minor> = new Map([
  ['OBJECT_COLLATION', 'collation'],
  ['OBJECT_CONVERSION', 'conversion'],
  ['OBJECT_TSCONFIGURATION', 'textSearchConfiguration'],
  ['OBJECT_TSDICTIONARY', 'textSearchDictionary'],
  ['OBJECT_TSPARSER', 'textSearchParser'],
  ['OBJECT_TSTEMPLATE', 'textSearchTemplate'],
  ['OBJECT_ACCESS_METHOD', 'accessMethod'],
  ['OBJECT_LANGUAGE', 'language'],
  ['OBJECT_SUBSCRIPTION', 'subscription'],
]);

export function findObject(objectType: ObjectType, object: Node | undefined, context: ReplayContext): FoundObject {
  const { graph } = context;
  const relationKind = RELATIONS.get(objectType);
  if (relationKind !== undefined) return findRelation(namesOf(object), relationKind, context);
  const part = PARTS.get(objectType);
  if (part !== undefined) return findPart(object, part, (owner, name) => graph.part(part, owner.id, name), context);
  const global = GLOBALS.get(objectType);
  if (global !== undefined) {
    const name = fieldsOf(object, 'String')?.sval ?? '';
    return foundOr(graph.global(global[0], name), global[1], quoteIdentifier(name));
  }
  const minor = MINOR.get(objectType);
  if (minor !== undefined) return findMinor(namesOf(object), minor, context);
  switch (objectType) {
    case 'OBJECT_COLUMN':
      return findPart(object, 'column', (owner, name) => graph.column(owner.id, name), context);
    case 'OBJECT_TABCONSTRAINT':
      return findPart(object, 'constraint', (owner, name) => graph.constraint(owner.id, name), context);
    case 'OBJECT_DOMCONSTRAINT': {
      const [domain, name] = fieldsOf(object, 'List')?.items ?? [];
      const type = findType(fieldsOf(domain, 'TypeName'), context);
      if (type.is !== 'found') return type;
      const written = fieldsOf(name, 'String')?.sval ?? '';
      const path = `${graph.path(type.entity)}.${quoteIdentifier(written)}`;
      return foundOr(graph.constraint(type.entity.id, written), 'constraint', path);
    }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return findType(fieldsOf(object, 'TypeName') ?? { names: [...(fieldsOf(object, 'List')?.items ?? [])] }, context);
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_AGGREGATE':
    case 'OBJECT_ROUTINE': {
      const named = fieldsOf(object, 'ObjectWithArgs') ?? {};
      const found = findRoutine(named, objectType, context);
      if (found === undefined && isProvided(named.objname, context)) return ELSEWHERE;
      return foundOr(found, 'function', writtenIn(stringsOf(named.objname), context));
    }
    case 'OBJECT_OPERATOR':
      return findOperator(object, context);
    case 'OBJECT_CAST': {
      const [source, target] = typesOf(fieldsOf(object, 'List')?.items, context);
      const casts = [...graph.ofKind('cast')];
      const found = casts.find(
        (each) => source && target && isSameType(each.source, source) && isSameType(each.target, target),
      );
      return found ? { is: 'found', entity: found } : ELSEWHERE;
    }
    case 'OBJECT_OPCLASS':
    case 'OBJECT_OPFAMILY': {
      const names = namesOf(object).slice(1);
      if (objectType === 'OBJECT_OPFAMILY') return findMinor(names, 'operatorFamily', context);
      return inPath(names, (name) => graph.schemaObject('operatorClass', name)[0], context) ?? ELSEWHERE;
    }
    case 'OBJECT_STATISTIC_EXT': {
      const names = namesOf(object);
      const found = inPath(names, (name) => graph.schemaObject('statistics', name)[0], context);
      return found ?? { is: 'missing', objectKind: 'statistics object', name: writtenIn(names, context) };
    }
    default:
      return ELSEWHERE;
  }
}

/** The same for a statement that has no effect without the object: a missing one is reported. */
export function neededObject(
  objectType: ObjectType,
  object: Node | undefined,
  context: ReplayContext,
): Entity | undefined {
  const found = findObject(objectType, object, context);
  if (found.is === 'missing') context.reportUnknown(found.objectKind, found.name);
  return found.is === 'found' ? found.entity : undefined;
}

/** The parts of a name, given as a list or, where it has one part only, as a string. */
export function namesOf(object: Node | undefined): readonly string[] {
  const single = fieldsOf(object, 'String');
  return single ? [single.sval ?? ''] : stringsOf(fieldsOf(object, 'List')?.items);
}

function foundOr(entity: Entity | undefined, objectKind: string, name: string): FoundObject {
  return entity === undefined ? { is: 'missing', objectKind, name } : { is: 'found', entity };
}

function writtenIn(names: readonly string[], context: ReplayContext): string {
  return context.written(names.at(-2) ?? context.names.creationSchema(), names.at(-1) ?? '');
}

function findRelation(
  names: readonly string[],
  kind: Relation['kind'] | undefined,
  context: ReplayContext,
): FoundObject {
  const found = context.names.relationEntity(names.at(-2), names.at(-1) ?? '');
  const objectKind = kind === 'sequence' || kind === 'index' ? kind : 'table';
  const written = writtenIn(names, context);
  if (found && kind !== undefined && found.kind !== kind && found.isAssumed !== true)
    context.refuse(isNot(names.at(-1) ?? '', kind));
  return foundOr(found, objectKind, written);
}

function findPart(
  object: Node | undefined,
  objectKind: string,
  look: (owner: Relation, name: string) => Entity | undefined,
  context: ReplayContext,
): FoundObject {
  const names = namesOf(object);
  const owner = findRelation(names.slice(0, -1), undefined, context);
  if (owner.is !== 'found') return owner;
  const name = names.at(-1) ?? '';
  const found = look(owner.entity as Relation, name);
  if (found === undefined && owner.entity.isAssumed === true) return ELSEWHERE;
  return foundOr(found, objectKind, `${context.graph.path(owner.entity)}.${quoteIdentifier(name)}`);
}

function findType(typeName: TypeName | undefined, context: ReplayContext): FoundObject {
  const names = stringsOf(typeName?.names);
  const found = context.names.typeEntity(names.at(-2), names.at(-1) ?? '');
  if (found) return { is: 'found', entity: found };
  if (lookUpType(typeName, context).isUnresolved !== true) return ELSEWHERE;
  return { is: 'missing', objectKind: 'type', name: writtenIn(names, context) };
}

function findMinor(names: readonly string[], object: Minor, context: ReplayContext): FoundObject {
  const isGlobal = object === 'accessMethod' || object === 'language' || object === 'subscription';
  const schemas = isGlobal ? [''] : names.length > 1 ? [names.at(-2) ?? ''] : context.names.path();
  for (const schema of schemas) {
    const all = context.graph.schemaObject('minorObject', { schema, name: names.at(-1) ?? '' });
    const found = all.find((each) => each.object === object);
    if (found) return { is: 'found', entity: found };
  }
  return ELSEWHERE;
}

function inPath(
  names: readonly string[],
  look: (name: { readonly schema: string; readonly name: string }) => Entity | undefined,
  context: ReplayContext,
): FoundObject | undefined {
  for (const schema of names.length > 1 ? [names.at(-2) ?? ''] : context.names.path()) {
    const entity = look({ schema, name: names.at(-1) ?? '' });
    if (entity) return { is: 'found', entity };
  }
  return undefined;
}

function findOperator(object: Node | undefined, context: ReplayContext): FoundObject {
  const named = fieldsOf(object, 'ObjectWithArgs');
  const [left, right] = (named?.objargs ?? []).map((each) => {
    const typeName = fieldsOf(each, 'TypeName');
    return typeName === undefined ? null : lookUpType(typeName, context);
  });
  const fits = (operator: EntityOf<'operator'>) =>
    isSameOrNone(operator.left, left ?? null) && isSameOrNone(operator.right, right ?? null);
  const look = (name: { readonly schema: string; readonly name: string }) =>
    context.graph.schemaObject('operator', name).find(fits);
  return inPath(stringsOf(named?.objname), look, context) ?? ELSEWHERE;
}

function isSameOrNone(a: TypeRef | null, b: TypeRef | null): boolean {
  return a === null || b === null ? a === b : isSameType(a, b);
}

function typesOf(nodes: readonly Node[] | undefined, context: ReplayContext): readonly TypeRef[] {
  return (nodes ?? []).flatMap((each) => ('TypeName' in each ? [lookUpType(each.TypeName, context)] : []));
}
