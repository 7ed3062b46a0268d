// Over 100 lines: what OR REPLACE refuses belongs beside what it replaces.
import type { CreateFunctionStmt, DefElem } from '@pgsql/types';
import { isSameType } from '../../../graph/binding/type-system.ts';
import { inputTypes, isInput, isOutput, type Parameter } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { defBoolean, defElems, defText } from '../../../sql/def-elem.ts';
import type { ReplayContext } from '../context.ts';
import { quotedBody, standardBody } from '../routine/body.ts';
import { checkBody, checkPlpgsql } from '../routine/check-body.ts';
import { isSameTypes } from '../routine/find-routine.ts';
import { DEFAULT_OPTIONS, optionFacts } from '../routine/options.ts';
import { parametersOf, withoutModifiers } from '../routine/parameters.ts';

type Routine = EntityOf<'function'>;
type Definition = Omit<Routine, 'kind' | 'id' | 'origin' | 'setBy' | 'comment' | 'owner' | 'acl' | 'name'>;

/** CREATE [OR REPLACE] FUNCTION and PROCEDURE. */
export function createFunction(stmt: CreateFunctionStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.funcname);
  const name = context.newNameIn(written.schema, written.name);
  const definition = definitionOf(stmt, written.name, context);
  checkPlpgsql(name.name, definition, context);
  defineRoutine(name, definition, stmt.replace === true, context);
  checkBody(name.name, definition, context);
}

/** Makes the routine, or gives an existing one of the same input types its new definition. */
export function defineRoutine(
  name: Routine['name'],
  definition: Definition,
  mayReplace: boolean,
  context: ReplayContext,
): void {
  const inputs = definition.parameters.filter(isInput).map((each) => each.type);
  const existing = context.graph.functions(name).find((each) => isSameTypes(inputTypes(each), inputs));
  if (existing === undefined) {
    const acl = context.initialAcl('function', name.schema);
    const facts = { kind: 'function', name, ...definition, owner: context.session.role, acl } as const;
    context.assumptions.madeIn(context.builder.create(facts, context.by));
    return;
  }
  if (context.assumptions.wasRefused(existing)) {
    context.builder.alter(existing, definition, context.by);
    return;
  }
  if (!mayReplace) context.refuseDuplicate(existing);
  const obstacle = whyNotReplaceable(existing, definition);
  if (obstacle !== undefined) context.refuse(obstacle);
  // Owner, privileges and comment stay; everything else is as the new definition says, SET clauses that it lacks are gone.
  context.builder.alter(existing, definition, context.by);
}

/** What CREATE OR REPLACE says of a routine that is there: all but its name, and what stays. */
export function definitionIn({
  routine,
  parameters,
  returns,
  returnsSet,
  language,
  security,
  volatility,
  isStrict,
  isLeakproof,
  parallel,
  config,
  body,
}: Definition): Definition {
  return {
    ...{ routine, parameters, returns, returnsSet, language, security, volatility },
    ...{ isStrict, isLeakproof, parallel, config, body },
  };
}

function definitionOf(stmt: CreateFunctionStmt, name: string, context: ReplayContext): Definition {
  const options = defElems(stmt.options);
  const parameters = parametersOf(stmt.parameters, context);
  const as = options.find((each) => each.defname === 'as');
  const language = languageOf(options, stmt, context);
  if (as === undefined && stmt.sql_body === undefined) context.refuse('no function body specified');
  if (as !== undefined && stmt.sql_body !== undefined) context.refuse('duplicate function body specified');
  let facts = DEFAULT_OPTIONS;
  for (const option of options) facts = { ...facts, ...optionFacts(option, facts.config, context) };
  const isCompiled = language === 'c' || language === 'internal';
  return {
    routine: routineKind(stmt, options),
    parameters,
    ...resultOf(stmt, parameters, context),
    language,
    ...facts,
    body: isCompiled
      ? null
      : as === undefined
        ? standardBody(stmt, name, parameters, context)
        : quotedBody(as, context),
  };
}

function routineKind(stmt: CreateFunctionStmt, options: readonly DefElem[]): Routine['routine'] {
  if (stmt.is_procedure === true) return 'procedure';
  return options.some((each) => each.defname === 'window' && defBoolean(each) === true) ? 'window' : 'function';
}

function languageOf(options: readonly DefElem[], stmt: CreateFunctionStmt, context: ReplayContext): string {
  const option = options.find((each) => each.defname === 'language');
  if (option === undefined) {
    if (stmt.sql_body === undefined) context.refuse('no language specified');
    return 'sql';
  }
  const language = defText(option) ?? '';
  if (!isLanguage(language, context)) context.reportUnknown('language', language, option.location);
  return language;
}

const BUILT_IN_LANGUAGES = new Set(['sql', 'c', 'internal']);

function isLanguage(language: string, context: ReplayContext): boolean {
  return (
    BUILT_IN_LANGUAGES.has(language) ||
    context.graph.global('extension', language) !== undefined ||
    context.graph.schemaObject('minorObject', { schema: '', name: language }).some((each) => each.object === 'language')
  );
}

function resultOf(
  stmt: CreateFunctionStmt,
  parameters: readonly Parameter[],
  context: ReplayContext,
): Pick<Routine, 'returns' | 'returnsSet'> {
  if (stmt.is_procedure === true) return { returns: null, returnsSet: false };
  if (stmt.returnType !== undefined) {
    return { returns: withoutModifiers(context.type(stmt.returnType)), returnsSet: stmt.returnType.setof === true };
  }
  const outputs = parameters.filter(isOutput);
  if (outputs.length === 0) context.refuse('function result type must be specified');
  const [only] = outputs;
  return { returns: outputs.length === 1 && only ? only.type : RECORD, returnsSet: false };
}

const RECORD: TypeRef = { name: { schema: 'pg_catalog', name: 'record' }, isArray: false, modifiers: [] };

/** The refusals of ProcedureCreate() (src/backend/catalog/pg_proc.c) for OR REPLACE; undefined where it may go on. */
function whyNotReplaceable(existing: Routine, next: Definition): string | undefined {
  if (existing.routine !== next.routine) return 'cannot change routine kind';
  if (!isSameResult(existing, next)) return 'cannot change return type of existing function';
  const before = existing.parameters.filter(isInput);
  const after = next.parameters.filter(isInput);
  const renamed = before.find((each, at) => each.name !== null && each.name !== after[at]?.name);
  if (renamed) return `cannot change name of input parameter "${renamed.name}"`;
  const defaults = (list: readonly Parameter[]) => list.filter((each) => each.default !== null).length;
  if (defaults(after) < defaults(before)) return 'cannot remove parameter defaults from existing function';
  return undefined;
}

function isSameResult(existing: Routine, next: Definition): boolean {
  if (existing.returnsSet !== next.returnsSet) return false;
  const types: (readonly (TypeRef | null | undefined)[])[] = [[existing.returns, next.returns]];
  const before = existing.parameters.filter(isOutput);
  const after = next.parameters.filter(isOutput);
  const isRow = existing.returns?.name.name === 'record';
  if (isRow && (before.length !== after.length || before.some((each, at) => each.name !== after[at]?.name)))
    return false;
  if (isRow) for (const [at, each] of before.entries()) types.push([each.type, after[at]?.type]);
  return types.every(([a, b]) => (a && b ? isSamePossibly(a, b) : a === b));
}

/** Nothing is concluded from a type that is only known by name. */
function isSamePossibly(a: TypeRef, b: TypeRef): boolean {
  return a.isUnresolved === true || b.isUnresolved === true || isSameType(a, b);
}
