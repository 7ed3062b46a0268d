// Over 100 lines: one case for each kind of object that GRANT can name.
import type { GrantStmt, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { GrantableClass } from '../../../graph/privileges/privileges.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { findObject, neededObject } from '../find-object.ts';
import { neededRoutine } from '../routine/find-routine.ts';

/** What has a list of privileges of its own. Columns come with their relation. */
export type Grantable = EntityOf<
  | 'table'
  | 'view'
  | 'materializedView'
  | 'foreignTable'
  | 'sequence'
  | 'function'
  | 'schema'
  | 'enumType'
  | 'domain'
  | 'compositeType'
  | 'rangeType'
  | 'baseType'
>;

const LIKE_TABLES = new Set<string>(['table', 'view', 'materializedView', 'foreignTable']);

/** The class whose privileges ALL stands for. Undefined for objects without a list in the graph: databases, languages, servers. */
export function grantableClass(objectType: GrantStmt['objtype']): GrantableClass | undefined {
  switch (objectType) {
    case 'OBJECT_TABLE':
      return 'table';
    case 'OBJECT_SEQUENCE':
      return 'sequence';
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE':
      return 'function';
    case 'OBJECT_SCHEMA':
      return 'schema';
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return 'type';
    default:
      return undefined;
  }
}

/** The objects a GRANT or REVOKE is about, by name or as ALL … IN SCHEMA. Missing ones are reported. */
export function grantTargets(stmt: GrantStmt, context: ReplayContext): readonly Grantable[] {
  const objects = stmt.objects ?? [];
  if (stmt.targtype === 'ACL_TARGET_ALL_IN_SCHEMA') {
    const schemas = new Set(stringsOf(objects).map((name) => context.assumptions.schema(name).name));
    return allIn(schemas, stmt.objtype, context);
  }
  return objects.flatMap((object) => target(object, stmt.objtype, context) ?? []);
}

function target(object: Node, objectType: GrantStmt['objtype'], context: ReplayContext): Grantable | undefined {
  switch (objectType) {
    case 'OBJECT_TABLE':
    case 'OBJECT_SEQUENCE': {
      const range = fieldsOf(object, 'RangeVar');
      if (range === undefined) return undefined;
      if (objectType === 'OBJECT_TABLE')
        return context.relation(range, 'table', 'view', 'materializedView', 'foreignTable', 'sequence');
      const names = range.schemaname === undefined ? [range.relname] : [range.schemaname, range.relname];
      const items = names.map((sval) => ({ String: { sval: sval ?? '' } }));
      return neededObject('OBJECT_SEQUENCE', { List: { items } }, context) as EntityOf<'sequence'> | undefined;
    }
    case 'OBJECT_SCHEMA':
      return context.assumptions.schema(fieldsOf(object, 'String')?.sval ?? '');
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE': {
      const named = fieldsOf(object, 'ObjectWithArgs');
      return named === undefined ? undefined : neededRoutine(named, objectType, context);
    }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN': {
      const found = findObject(objectType, object, context);
      if (found.is === 'missing') context.reportUnknown(found.objectKind, found.name);
      return found.is === 'found' && isGrantable(found.entity) ? found.entity : undefined;
    }
    default:
      return undefined;
  }
}

export function isGrantable(entity: { readonly kind: string }): entity is Grantable {
  return 'acl' in entity && entity.kind !== 'column' && entity.kind !== 'defaultPrivileges';
}

function allIn(
  schemas: ReadonlySet<string>,
  objectType: GrantStmt['objtype'],
  context: ReplayContext,
): readonly Grantable[] {
  const isWanted = (entity: Grantable): boolean => {
    if (objectType === 'OBJECT_TABLE') return LIKE_TABLES.has(entity.kind);
    if (objectType === 'OBJECT_SEQUENCE') return entity.kind === 'sequence';
    if (entity.kind !== 'function' || objectType === 'OBJECT_ROUTINE') return entity.kind === 'function';
    return (entity.routine === 'procedure') === (objectType === 'OBJECT_PROCEDURE');
  };
  return [...context.graph.all()].filter(
    (each): each is Grantable =>
      isGrantable(each) && each.kind !== 'schema' && schemas.has(each.name.schema) && isWanted(each),
  );
}
