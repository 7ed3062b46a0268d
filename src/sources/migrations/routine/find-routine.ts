import type { Node, ObjectType, ObjectWithArgs } from '@pgsql/types';
import { builtinFunctions } from '../../../graph/binding/builtin/builtins.ts';
import { isSameType } from '../../../graph/binding/type-system.ts';
import { inputTypes } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import type { ReplayContext } from '../context.ts';
import { lookUpType } from '../type-lookup.ts';

type Routine = EntityOf<'function'>;

/** What the object types of statements accept: OBJECT_ROUTINE and GRANT … ON FUNCTION take more than functions (docs, ALTER ROUTINE). */
function accepts(objectType: ObjectType, routine: Routine): boolean {
  switch (objectType) {
    case 'OBJECT_PROCEDURE':
      return routine.routine === 'procedure';
    case 'OBJECT_AGGREGATE':
      return routine.routine === 'aggregate';
    case 'OBJECT_FUNCTION':
      return routine.routine !== 'procedure';
    default:
      return true;
  }
}

/**
 * The routine that a statement names by its input types, or by its name alone where no other has it (LookupFuncWithArgs,
 * src/backend/parser/parse_func.c). Undefined where there is none; refuses a name that is not unique.
 */
export function findRoutine(
  named: ObjectWithArgs,
  objectType: ObjectType,
  context: ReplayContext,
): Routine | undefined {
  const { schema, name } = context.nameOf(named.objname);
  const candidates = context.names.functionEntities(schema, name).filter((each) => accepts(objectType, each));
  if (named.args_unspecified === true) {
    const visible = candidates.filter(
      (each, at) => candidates.findIndex((other) => isSameSignature(each, other)) === at,
    );
    if (visible.length > 1) context.refuse(`function name "${name}" is not unique`);
    return visible[0];
  }
  const wanted = typesOf(named.objargs, context);
  const byInputs = candidates.find((each) => isSameTypes(inputTypes(each), wanted));
  if (byInputs !== undefined || (objectType !== 'OBJECT_PROCEDURE' && objectType !== 'OBJECT_ROUTINE')) return byInputs;
  // A procedure is also found by all its parameters, OUT ones included.
  const all = (named.objfuncargs ?? []).flatMap((each) =>
    'FunctionParameter' in each ? [lookUpType(each.FunctionParameter.argType, context)] : [],
  );
  const types = all.length > 0 ? all : wanted;
  return candidates.find(
    (each) =>
      each.routine === 'procedure' &&
      isSameTypes(
        each.parameters.map(({ type }) => type),
        types,
      ),
  );
}

/** The same for a statement that cannot do without it: a missing one is reported, unless a built-in or an extension answers. */
export function neededRoutine(
  named: ObjectWithArgs,
  objectType: ObjectType,
  context: ReplayContext,
): Routine | undefined {
  const found = findRoutine(named, objectType, context);
  if (found === undefined && !isProvided(named.objname, context)) {
    reportMissingRoutine(named, objectType, context);
  }
  return found;
}

/** Whether the server or an extension has a function of that name, or may have one. */
export function isProvided(objname: readonly Node[] | undefined, context: ReplayContext): boolean {
  const { schema, name } = context.nameOf(objname);
  if ((schema === undefined || schema === 'pg_catalog') && builtinFunctions(name).length > 0) return true;
  const schemas = schema === undefined ? context.names.path() : [schema];
  return (
    schemas.some((each) => context.provided.functions(each, name).length > 0) ||
    context.provided.isOpen('function', name)
  );
}

function reportMissingRoutine(named: ObjectWithArgs, objectType: ObjectType, context: ReplayContext): void {
  const { schema, name } = context.nameOf(named.objname);
  const kind =
    objectType === 'OBJECT_PROCEDURE' ? 'procedure' : objectType === 'OBJECT_AGGREGATE' ? 'aggregate' : 'function';
  const written = context.written(schema ?? context.names.creationSchema(), name);
  const hasOthers = context.names.functionEntities(schema, name).length > 0 && named.args_unspecified !== true;
  const signature = typesOf(named.objargs, context)
    .map((type) => context.graph.typeName(type))
    .join(', ');
  context.reportUnknown(kind, hasOthers ? `${written}(${signature})` : written);
}

function typesOf(names: readonly Node[] | undefined, context: ReplayContext): readonly TypeRef[] {
  return (names ?? []).flatMap((each) => ('TypeName' in each ? [lookUpType(each.TypeName, context)] : []));
}

/** Whether two routines of one name differ only in their schema. */
function isSameSignature(a: Routine, b: Routine): boolean {
  return isSameTypes(inputTypes(a), inputTypes(b));
}

/** Signatures compare without type modifiers. */
export function isSameTypes(a: readonly TypeRef[], b: readonly TypeRef[]): boolean {
  return a.length === b.length && a.every((type, at) => isSameType(type, b[at] as TypeRef));
}
