import type { A_Const, A_Expr, ColumnRef, Node, SubLink, TypeCast } from '@pgsql/types';
import { AccessList } from './access-list.ts';
import { callFunction, now } from './call.ts';
import type { Environment } from './environment.ts';
import { Moment, momentOf, Span, spanOf } from './moment.ts';
import { anyEquals, arithmetic, arrayLiteral, compare } from './operators.ts';
import { likeMatches, regexMatches } from './patterns.ts';
import { queryRows } from './query.ts';
import { objectReference, referenceOf } from './references.ts';
import { ShownClause } from './shown-clause.ts';
import {
  both,
  concatenate,
  either,
  idOf,
  isKnown,
  isList,
  isRow,
  not,
  PartialText,
  type Truth,
  textOf,
  truthOf,
  UNKNOWN,
  type Value,
} from './value.ts';

/** What the expression comes to; UNKNOWN where it depends on data or is not modelled. Never throws for input. */
export function evaluate(node: Node | undefined, env: Environment): Value {
  if (node === undefined) return UNKNOWN;
  if ('A_Const' in node) return constant(node.A_Const);
  if ('ColumnRef' in node) return column(node.ColumnRef, env);
  if ('A_Expr' in node) return operation(node.A_Expr, env);
  if ('BoolExpr' in node) return logic(node.BoolExpr.boolop, node.BoolExpr.args ?? [], env);
  if ('NullTest' in node) {
    const value = evaluate(node.NullTest.arg, env);
    if (!isKnown(value) && !(value instanceof PartialText)) return UNKNOWN;
    if (value instanceof AccessList && value.mayBeNull) return UNKNOWN;
    return (value === null) === (node.NullTest.nulltesttype === 'IS_NULL');
  }
  if ('BooleanTest' in node)
    return booleanTest(node.BooleanTest.booltesttype, truthOf(evaluate(node.BooleanTest.arg, env)));
  if ('TypeCast' in node) return cast(node.TypeCast, env);
  if ('ParamRef' in node) return env.name(`$${node.ParamRef.number ?? 0}`) ?? UNKNOWN;
  if ('FuncCall' in node) return callFunction(node.FuncCall, env);
  if ('SubLink' in node) return subLink(node.SubLink, env);
  if ('A_ArrayExpr' in node) return (node.A_ArrayExpr.elements ?? []).map((each) => evaluate(each, env));
  if ('List' in node) return (node.List.items ?? []).map((each) => evaluate(each, env));
  if ('CoalesceExpr' in node) return coalesce(node.CoalesceExpr.args ?? [], env);
  if ('CaseExpr' in node) return caseOf(node, env);
  if ('SQLValueFunction' in node) return valueFunction(node.SQLValueFunction.op ?? '', env);
  if ('CollateClause' in node) return evaluate(node.CollateClause.arg, env);
  if ('NamedArgExpr' in node) return evaluate(node.NamedArgExpr.arg, env);
  return UNKNOWN;
}

function valueFunction(op: string, env: Environment): Value {
  if (op === 'SVFOP_CURRENT_SCHEMA') return env.context.names.creationSchema() ?? null;
  if (op === 'SVFOP_CURRENT_DATE') return now(env)?.asDate() ?? UNKNOWN;
  return /^SVFOP_(?:CURRENT|LOCAL)_?TIMESTAMP/.test(op) ? (now(env) ?? UNKNOWN) : UNKNOWN;
}

function constant(node: A_Const): Value {
  if (node.isnull) return null;
  if (node.ival) return node.ival.ival ?? 0;
  if (node.boolval) return node.boolval.boolval ?? false;
  if (node.fval) return Number(node.fval.fval);
  return node.sval ? (node.sval.sval ?? '') : UNKNOWN;
}

function column(ref: ColumnRef, env: Environment): Value {
  const names = (ref.fields ?? []).map((each) => ('String' in each ? (each.String.sval ?? '') : '*'));
  const name = names.at(-1) ?? '';
  if (names.length === 1) {
    const value = env.name(name);
    return value === undefined ? orUnknown(env.row(name)?.get(name)) : value;
  }
  const qualifier = names.at(-2) ?? '';
  const row = env.row(qualifier);
  if (row) return orUnknown(row.get(name));
  const record = env.name(qualifier);
  return record !== undefined && isRow(record) ? orUnknown(record.columns.get(name)) : UNKNOWN;
}

/** NULL is a value. */
function orUnknown(value: Value | undefined): Value {
  return value === undefined ? UNKNOWN : value;
}

/** Stops at the first operand that decides: the cheap tests of a guard stand in front of its subselects. */
function logic(operator: string | undefined, args: readonly Node[], env: Environment): Value {
  if (operator === 'NOT_EXPR') return not(truthOf(evaluate(args[0], env)));
  const isAnd = operator === 'AND_EXPR';
  let truth: Truth = isAnd;
  for (const each of args) {
    const value = truthOf(evaluate(each, env));
    truth = isAnd ? both(truth, value) : either(truth, value);
    if (truth === !isAnd) return truth;
  }
  return truth;
}

function booleanTest(kind: string | undefined, value: Truth): Value {
  if (value === UNKNOWN) return UNKNOWN;
  switch (kind) {
    case 'IS_TRUE':
      return value === true;
    case 'IS_NOT_TRUE':
      return value !== true;
    case 'IS_FALSE':
      return value === false;
    case 'IS_NOT_FALSE':
      return value !== false;
    case 'IS_UNKNOWN':
      return value === null;
    default:
      return value !== null;
  }
}

function coalesce(args: readonly Node[], env: Environment): Value {
  for (const [at, each] of args.entries()) {
    const value = evaluate(each, env);
    if (value instanceof AccessList && value.mayBeNull) return listOrDefault(value, evaluate(args[at + 1], env));
    if (value !== null) return value;
  }
  return null;
}

/** coalesce(proacl, acldefault(…)): where the catalog has NULL, the default says the same. */
function listOrDefault({ acl }: AccessList, otherwise: Value): Value {
  return otherwise instanceof AccessList ? new AccessList(acl, false) : UNKNOWN;
}

function caseOf(node: Extract<Node, { CaseExpr: unknown }>, env: Environment): Value {
  const { arg, args, defresult } = node.CaseExpr;
  for (const each of args ?? []) {
    if (!('CaseWhen' in each)) return UNKNOWN;
    const test =
      arg === undefined
        ? truthOf(evaluate(each.CaseWhen.expr, env))
        : compare('=', evaluate(arg, env), evaluate(each.CaseWhen.expr, env));
    if (test === UNKNOWN) return UNKNOWN;
    if (test === true) return evaluate(each.CaseWhen.result, env);
  }
  return defresult === undefined ? null : evaluate(defresult, env);
}

function cast(node: TypeCast, env: Environment): Value {
  const value = evaluate(node.arg, env);
  const isArray = (node.typeName?.arrayBounds ?? []).length > 0;
  return heldBy(env.context.nameOf(node.typeName?.names).name, isArray, value, env);
}

/** The value as one of a type. */
export function heldBy(name: string, isArray: boolean, value: Value, env: Environment): Value {
  if (isArray) return typeof value === 'string' ? arrayLiteral(value) : value;
  if (!isKnown(value) || value === null) return value;
  if (name.startsWith('reg')) {
    const id = typeof value === 'string' ? referenceOf(name, value, env.context) : idOf(value);
    return typeof id === 'number' ? objectReference(name, id, env.context) : UNKNOWN;
  }
  switch (name) {
    case 'text':
    case 'varchar':
    case 'name':
    case 'bpchar':
      return textOf(value) ?? UNKNOWN;
    case 'oid':
      return idOf(value);
    case 'int4':
    case 'int8':
    case 'int2':
    case 'numeric':
      return typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : idOf(value);
    case 'bool':
      return truthOf(value);
    default:
      return timeAs(name, value, env);
  }
}

/** What a variable or an argument of this type holds: a date that was written as text is one then. Other types leave the value as it is. */
export function timeAs(type: string, value: Value, env: Environment): Value {
  if (!isKnown(value) || value === null) return value;
  switch (type) {
    case 'date':
    case 'timestamp':
    case 'timestamptz': {
      const moment = typeof value === 'string' ? momentOf(value, now(env)) : value;
      if (!(moment instanceof Moment)) return UNKNOWN;
      return type === 'date' ? moment.asDate() : moment.asTime();
    }
    case 'interval':
      return value instanceof Span ? value : ((typeof value === 'string' ? spanOf(value) : undefined) ?? UNKNOWN);
    default:
      return value;
  }
}

function operation(node: A_Expr, env: Environment): Value {
  const operator = env.context.nameOf(node.name).name;
  const left = node.lexpr === undefined ? UNKNOWN : evaluate(node.lexpr, env);
  const right = evaluate(node.rexpr, env);
  switch (node.kind) {
    case 'AEXPR_IN': {
      const isIn = anyEquals(left, right);
      return operator === '<>' ? not(isIn) : isIn;
    }
    case 'AEXPR_OP_ANY':
      return isList(right)
        ? right.reduce<Truth>((truth, each) => either(truth, compare(operator, left, each)), false)
        : UNKNOWN;
    case 'AEXPR_OP_ALL':
      return isList(right)
        ? right.reduce<Truth>((truth, each) => both(truth, compare(operator, left, each)), true)
        : UNKNOWN;
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE': {
      const matches = likeMatches(left, right, node.kind === 'AEXPR_ILIKE');
      return operator.startsWith('!') ? not(matches) : matches;
    }
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      if ((!isKnown(left) && !(left instanceof ShownClause)) || (!isKnown(right) && !(right instanceof ShownClause)))
        return UNKNOWN;
      const same = left === null || right === null ? left === right : compare('=', left, right);
      return node.kind === 'AEXPR_DISTINCT' ? not(same) : same;
    }
    case 'AEXPR_OP':
      break;
    default:
      return UNKNOWN;
  }
  if (operator === '||')
    return isList(left) && isList(right)
      ? [...left, ...right]
      : isList(left) || isList(right)
        ? UNKNOWN
        : concatenate([left, right]);
  if (operator.startsWith('~') || operator.startsWith('!~')) {
    const matches = regexMatches(left, right, operator.endsWith('*'));
    return operator.startsWith('!') ? not(matches) : matches;
  }
  if (['+', '-', '*'].includes(operator)) return arithmetic(operator, left, right);
  return compare(operator, left, right);
}

function subLink(node: SubLink, env: Environment): Value {
  const select = node.subselect && 'SelectStmt' in node.subselect ? node.subselect.SelectStmt : undefined;
  const result = select === undefined ? undefined : queryRows(select, env);
  if (result === undefined) return UNKNOWN;
  switch (node.subLinkType) {
    case 'EXISTS_SUBLINK':
      return result.sure.length > 0 ? true : result.isComplete ? false : UNKNOWN;
    case 'EXPR_SUBLINK':
      if (!result.isComplete || result.sure.length > 1) return UNKNOWN;
      return result.sure.length === 0 ? null : firstOf(result.sure[0]);
    case 'ARRAY_SUBLINK':
      return result.isComplete ? result.sure.map(firstOf) : UNKNOWN;
    case 'ANY_SUBLINK': {
      const wanted = evaluate(node.testexpr, env);
      const found = anyEquals(wanted, result.sure.map(firstOf));
      return found === true || result.isComplete ? found : UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

function firstOf(row: ReadonlyMap<string, Value> | undefined): Value {
  return orUnknown(row?.values().next().value);
}
