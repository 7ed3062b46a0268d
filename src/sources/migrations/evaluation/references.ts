import type { Node } from '@pgsql/types';
import { inputTypes } from '../../../graph/entities/function-entity.ts';
import type { Entity } from '../../../graph/entities/index.ts';
import { type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import type { ReplayContext } from '../context.ts';
import { isProvided, isSameTypes } from '../routine/find-routine.ts';
import { lookUpType } from '../type-lookup.ts';
import { shownObject, shownRoutine, shownRoutineName } from './shown.ts';
import { ObjectReference, UNKNOWN, type Value } from './value.ts';

/** A name as regclass input takes it: `public.orders`, `"Weird".t`, `orders`; undefined when it is none. */
export function parseName(text: string): { readonly schema: string | undefined; readonly name: string } | undefined {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const bare = /^[^\s."']+/.exec(rest);
    const found = quoted ?? bare;
    if (!found) return undefined;
    parts.push(quoted ? (quoted[1] ?? '').replaceAll('""', '"') : found[0].toLowerCase());
    rest = rest.slice(found[0].length);
    if (rest === '') break;
    if (!rest.startsWith('.')) return undefined;
    rest = rest.slice(1);
  }
  const name = parts.at(-1);
  return name === undefined ? undefined : { schema: parts.at(-2), name };
}

/** Built-in types are no entities: numbers below zero stand for their OIDs, which no entity has. */
const builtInTypes: string[] = [];

function builtInType(name: string): number {
  if (!builtInTypes.includes(name)) builtInTypes.push(name);
  return -1 - builtInTypes.indexOf(name);
}

/** What a catalog column of types holds: an OID that casts to regtype. */
export function typeReference(type: TypeRef): Value {
  const id = type.isArray ? undefined : (type.entity ?? builtInType(type.name.name));
  return id === undefined ? UNKNOWN : new ObjectReference(id, null);
}

/** The value of `id::regclass` and its siblings: written with its schema where the search_path does not find it. */
export function objectReference(type: string, id: number, context: ReplayContext): Value {
  const builtIn = builtInTypes[-1 - id];
  if (builtIn !== undefined)
    return new ObjectReference(
      id,
      typeText({ name: { schema: 'pg_catalog', name: builtIn }, isArray: false, modifiers: [] }),
    );
  const entity = context.graph.find(id as never);
  return entity === undefined ? UNKNOWN : new ObjectReference(id, textOfReference(type, entity, context) ?? null);
}

function textOfReference(type: string, entity: Entity, context: ReplayContext): string | undefined {
  if (entity.kind !== 'function') return shownObject(type, entity, context);
  return type === 'regprocedure' ? shownRoutine(entity, context) : shownRoutineName(entity, context);
}

/** What `'text'::regclass` and its siblings refer to, as an entity id; null: there is no such object; undefined: not decided. */
export function referenceOf(type: string, text: string, context: ReplayContext): number | null | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  switch (type) {
    case 'regclass': {
      const name = parseName(text);
      if (name === undefined) return undefined;
      const found = context.names.relationEntity(name.schema, name.name);
      if (found !== undefined) return found.isAssumed ? undefined : found.id;
      return isProvidedRelation(name, context) || context.assumptions.mayBeThere(name.name) ? undefined : null;
    }
    case 'regnamespace':
      return context.graph.global('schema', parseName(text)?.name ?? '')?.id ?? null;
    case 'regrole':
      return context.graph.global('role', parseName(text)?.name ?? '')?.id ?? null;
    case 'regtype':
      return typeNamed(text, context);
    case 'regproc': {
      const name = parseName(text);
      if (name === undefined || mayBeProvided(name, context)) return undefined;
      const found = context.names.functionEntities(name.schema, name.name);
      return found.length === 1 ? found[0]?.id : found.length === 0 ? null : undefined;
    }
    case 'regprocedure':
      return routineNamed(text, context);
    default:
      return undefined;
  }
}

type Written = NonNullable<ReturnType<typeof parseName>>;

function isProvidedRelation({ schema, name }: Written, { names, provided }: ReplayContext): boolean {
  return names.relation(schema, name) !== undefined || provided.isOpen('relation', name);
}

/** May a built-in function or one of an extension answer to the name? */
function mayBeProvided({ schema, name }: Written, context: ReplayContext): boolean {
  const objname = [schema, name].flatMap((each): Node[] => (each === undefined ? [] : [{ String: { sval: each } }]));
  return isProvided(objname, context);
}

/** `integer`, `public.mood`: of an array the graph has no entity. */
function typeNamed(text: string, context: ReplayContext): number | null | undefined {
  const cast = fieldsOf(
    fieldsOf(soleStatement(`select null::${text}`, context), 'SelectStmt')?.targetList?.[0],
    'ResTarget',
  );
  const typeName = fieldsOf(cast?.val, 'TypeCast')?.typeName;
  if (typeName === undefined) return undefined;
  const type = lookUpType(typeName, context);
  if (type.isUnresolved === true) return context.provided.isOpen('type', type.name.name) ? undefined : null;
  if (type.isArray) return undefined;
  return type.entity ?? (type.name.schema === 'pg_catalog' ? builtInType(type.name.name) : undefined);
}

/** `f(uuid, text)`: the routine of just these input types (regprocedurein()). */
function routineNamed(text: string, context: ReplayContext): number | null | undefined {
  const dropped = fieldsOf(soleStatement(`drop function ${text}`, context), 'DropStmt')?.objects ?? [];
  const named = fieldsOf(dropped[0], 'ObjectWithArgs');
  if (named === undefined || dropped.length > 1 || named.args_unspecified === true) return undefined;
  if (isProvided(named.objname, context) || !(named.objfuncargs ?? []).every(isTypeAlone)) return undefined;
  const { schema, name } = context.nameOf(named.objname);
  const types = (named.objargs ?? []).map((each) => lookUpType(fieldsOf(each, 'TypeName'), context));
  const found = context.names.functionEntities(schema, name).find((each) => isSameTypes(inputTypes(each), types));
  if (found !== undefined) return found.id;
  return types.some(({ isUnresolved }) => isUnresolved === true) ? undefined : null;
}

function isTypeAlone(node: Node): boolean {
  const { name, mode } = fieldsOf(node, 'FunctionParameter') ?? {};
  return name === undefined && mode === 'FUNC_PARAM_DEFAULT';
}

/** What was read once: a query asks the same of every row. */
const readBefore = new WeakMap<ReplayContext, Map<string, Node | undefined>>();

function soleStatement(sql: string, context: ReplayContext): Node | undefined {
  let known = readBefore.get(context);
  if (known === undefined) {
    known = new Map();
    readBefore.set(context, known);
  }
  if (!known.has(sql)) {
    const { statements, rejected } = readSql(sql, '');
    known.set(sql, rejected.length === 0 && statements.length === 1 ? statements[0]?.node : undefined);
  }
  return known.get(sql);
}
