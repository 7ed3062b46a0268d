import type { Node } from '@pgsql/types';
import { baseType, kindOf } from '../../../graph/binding/type-system.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { sameType, type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { builtInClass, builtInDefaultClass, isBuiltInMethod } from './builtin-operator-classes.ts';

/** Extensions that bring an access method of this name. */
const METHOD_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['hnsw', 'vector'],
  ['ivfflat', 'vector'],
  ['bloom', 'bloom'],
  ['diskann', 'vectorscale'],
  ['pgroonga', 'pgroonga'],
  ['rum', 'rum'],
]);

/** Reports an access method that is not there; `rtree` is what GiST was called once. */
export function accessMethod(written: string | undefined, context: ReplayContext): string {
  const method = written === 'rtree' ? 'gist' : (written ?? 'btree');
  if (isBuiltInMethod(method) || context.graph.schemaObject('minorObject', { schema: '', name: method }).length > 0)
    return method;
  const extension = METHOD_EXTENSIONS.get(method);
  if (extension === undefined) {
    if (!context.provided.isOpen()) context.reportUnknown('access method', method);
  } else if (context.graph.global('extension', extension) === undefined)
    context.fail({ type: 'missingExtension', extension, needed: `access method ${method}`, at: context.at(undefined) });
  return method;
}

/**
 * ResolveOpClass() (src/backend/commands/indexcmds.c). Null where it is the default class of the type; a type that has none
 * is refused, as Postgres does, when that is certain.
 */
export function operatorClass(
  written: readonly Node[] | undefined,
  method: string,
  type: TypeRef | undefined,
  context: ReplayContext,
): QualifiedName | null {
  if (written === undefined || written.length === 0) {
    if (type !== undefined && hasDefaultClass(method, type, context) === false) {
      const shown = typeText({ ...type, modifiers: [] });
      context.refuse(`data type ${shown} has no default operator class for access method "${method}"`);
    }
    return null;
  }
  const { schema, name } = context.nameOf(written);
  if (isBuiltInMethod(method) && (schema === undefined || schema === 'pg_catalog')) {
    const found = builtInClass(method, name);
    if (found) return found.isDefault ? null : { schema: 'pg_catalog', name };
  }
  const found = declaredClass(schema, name, method, context);
  if (found) return found.isDefault ? null : found.name;
  return unknownClass(schema, name, method, context);
}

function declaredClass(
  schema: string | undefined,
  name: string,
  method: string,
  context: ReplayContext,
): EntityOf<'operatorClass'> | undefined {
  for (const each of schema === undefined ? context.names.path() : [schema]) {
    const found = context.graph.schemaObject('operatorClass', { schema: each, name });
    const ofMethod = found.find((opclass) => opclass.method === method);
    if (ofMethod) return ofMethod;
  }
  return undefined;
}

function unknownClass(schema: string | undefined, name: string, method: string, context: ReplayContext): QualifiedName {
  const { graph, provided } = context;
  const extension = provided.extensionOf('operatorClass', name);
  const installed = extension === undefined ? undefined : graph.global('extension', extension);
  if (extension !== undefined && installed === undefined) {
    context.fail({ type: 'missingExtension', extension, needed: name, at: context.at(undefined) });
  } else if (
    extension === undefined &&
    !provided.isOpen() &&
    graph.schemaObject('minorObject', { schema: '', name: method }).length === 0
  ) {
    context.reportUnknown('operator class', context.written(schema, name));
  }
  const home = installed?.schema == null ? undefined : graph.find(installed.schema);
  return { schema: schema ?? (home?.kind === 'schema' ? home.name : ''), name };
}

/** Extensions that bring default classes for built-in types. */
const DEFAULTS_FROM: ReadonlyMap<string, readonly string[]> = new Map([
  ['gin', ['btree_gin']],
  ['gist', ['btree_gist', 'intarray']],
]);

/** GetDefaultOpClass(): undefined where the type or its classes are not known. */
export function hasDefaultClass(method: string, type: TypeRef, context: ReplayContext): boolean | undefined {
  if (type.isUnresolved) return undefined;
  // pgvector: an HNSW index has to say by which distance.
  if (method === 'hnsw') return false;
  const base = { ...baseType(type, context.names), modifiers: [] };
  const declared = context.graph.ofKind('operatorClass').filter((each) => each.method === method && each.isDefault);
  if (declared.some((each) => sameType({ ...each.type, modifiers: [] }, base))) return true;
  const generic = genericType(base, context);
  if (generic === undefined || !isBuiltInMethod(method)) return undefined;
  if (builtInDefaultClass(method, generic) !== undefined) return true;
  const brought = (DEFAULTS_FROM.get(method) ?? []).some(
    (each) => context.graph.global('extension', each) !== undefined,
  );
  return brought ? undefined : false;
}

/** Types that are stored as another: its default class is theirs (binary-coercible, pg_cast castmethod b). */
const STORED_AS: ReadonlyMap<string, string> = new Map([
  ['varchar', 'text'],
  ['cidr', 'inet'],
  ...'regclass regproc regprocedure regoper regoperator regtype regrole regnamespace regconfig regdictionary regcollation'
    .split(' ')
    .map((name): [string, string] => [name, 'oid']),
]);

function genericType(type: TypeRef, context: ReplayContext): string | undefined {
  if (type.isUnresolved) return undefined;
  if (type.isArray) return 'anyarray';
  switch (kindOf(type, context.names)) {
    case 'enum':
      return 'anyenum';
    case 'range':
      return 'anyrange';
    case 'multirange':
      return 'anymultirange';
    case 'composite':
      return 'record';
    case 'base':
      return type.entity === undefined && type.name.schema === 'pg_catalog'
        ? (STORED_AS.get(type.name.name) ?? type.name.name)
        : undefined;
    default:
      return undefined;
  }
}
