import type { DefElem, DefineStmt } from '@pgsql/types';
import { builtinFunctions } from '../../../graph/binding/builtin/builtins.ts';
import { isPolymorphic, isSameType } from '../../../graph/binding/type-system.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { defElems, defText } from '../../../sql/def-elem.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { parametersOf, withoutModifiers } from '../routine/parameters.ts';
import { defineRoutine } from './create-function.ts';

/** CREATE [OR REPLACE] AGGREGATE, in the form with a signature and in the old one with `basetype`. */
export function createAggregate(stmt: DefineStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.defnames);
  const name = context.newNameIn(written.schema, written.name);
  const definition = defElems(stmt.definition);
  const option = (...names: readonly string[]) => definition.find((each) => names.includes(each.defname ?? ''));
  const state = withoutModifiers(context.type(fieldsOf(option('stype', 'stype1')?.arg, 'TypeName')));
  const final = option('finalfunc', 'finalfunc1');
  const parallel = defText(option('parallel'));
  const parameters =
    stmt.oldstyle === true
      ? baseType(option('basetype'), context).map((type) => ({ name: null, mode: 'in' as const, type, default: null }))
      : parametersOf(fieldsOf(stmt.args?.[0], 'List')?.items, context);
  defineRoutine(
    name,
    {
      routine: 'aggregate',
      parameters,
      returns: final === undefined ? state : resultOf(final, state, context),
      returnsSet: false,
      // AggregateCreate() (src/backend/catalog/pg_aggregate.c) gives every aggregate these.
      language: 'internal',
      security: 'invoker',
      volatility: 'immutable',
      isStrict: false,
      isLeakproof: false,
      parallel: parallel === 'safe' || parallel === 'restricted' ? parallel : 'unsafe',
      config: [],
      body: null,
    },
    stmt.replace === true,
    context,
  );
}

/** What the final function makes of the state: known where one function fits. */
function resultOf(option: DefElem, state: TypeRef, context: ReplayContext): TypeRef {
  const { schema, name } = context.nameOf(fieldsOf(option.arg, 'TypeName')?.names);
  const builtIn = schema === undefined || schema === 'pg_catalog' ? builtinFunctions(name) : [];
  const fitting = [...context.names.functions(schema, name), ...builtIn].filter((each) => {
    const first = each.arguments[0]?.type;
    return first !== undefined && (isSameType(first, state) || isPolymorphic(first));
  });
  const result = fitting[0]?.returns;
  if (fitting.length !== 1 || result === undefined || isPolymorphic(result)) return { ...state, isUnresolved: true };
  return result;
}

/** `basetype = 'ANY'` stands for no input (docs, CREATE AGGREGATE). */
function baseType(option: DefElem | undefined, context: ReplayContext): readonly TypeRef[] {
  const typeName = fieldsOf(option?.arg, 'TypeName');
  return typeName === undefined ? [] : [withoutModifiers(context.type(typeName))];
}
