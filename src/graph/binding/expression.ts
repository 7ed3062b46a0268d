import type { A_Indirection, Node, SQLValueFunction, SubLink } from '@pgsql/types';
import { writtenName } from '../../sql/nodes.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { type Analysis, innerNode } from './analysis.ts';
import { builtin, builtinOperators } from './builtin/builtins.ts';
import { bindColumnRef } from './column-ref.ts';
import { bindFuncCall } from './function-call.ts';
import type { Level } from './level.ts';
import { bindLiteral } from './literal.ts';
import { bindOperator } from './operator.ts';
import { binary, coerceRow } from './operator-call.ts';
import { noteNoCommonType, noteWrongArgument } from './type-clash.ts';
import { bindTypeName } from './type-name.ts';
import { arrayOf, commonType, elementOf, isSameType, LITERAL } from './type-system.ts';
import { bindParts } from './untyped.ts';

const BOOLEAN = builtin('bool');

type Bind<N> = (inner: N, analysis: Analysis, level: Level) => TypeRef | undefined;
type Inner<Tag extends string> = Node extends infer N ? (N extends Record<Tag, infer I> ? I : never) : never;
type Tag = Node extends infer N ? (N extends unknown ? keyof N & string : never) : never;

/** transformExprRecurse(): one function per kind of expression; what is not listed is walked for the names inside it. */
const BINDERS: { readonly [T in Tag]?: Bind<Inner<T>> } = {
  ColumnRef: bindColumnRef,
  FuncCall: bindFuncCall,
  A_Expr: bindOperator,
  A_Const: (constant) => {
    if (constant.ival) return builtin('int4');
    if (constant.boolval) return BOOLEAN;
    if (constant.fval) return numberType(constant.fval.fval ?? '');
    if (constant.bsval) return builtin('bit');
    return LITERAL;
  },
  TypeCast: ({ arg, typeName }, analysis, level) => {
    const goal = typeName && bindTypeName(typeName, analysis);
    // ARRAY[…]::t[] gives its elements that type directly (transformTypeCast).
    const own =
      arg && 'A_ArrayExpr' in arg && goal?.isArray
        ? bindArray(arg.A_ArrayExpr, analysis, level, elementOf(goal))
        : analysis.expression(arg, level);
    if (goal && own && isSameType(own, LITERAL)) bindLiteral(arg, goal, analysis.names, analysis.results);
    if (goal && arg && 'RowExpr' in arg) coerceRow(arg.RowExpr.args ?? [], goal, analysis);
    return goal;
  },
  CollateClause: ({ arg }, analysis, level) => {
    const type = analysis.expression(arg, level);
    return type && isSameType(type, LITERAL) ? builtin('text') : type;
  },
  BoolExpr: ({ args, boolop }, analysis, level) => {
    const what = boolop?.slice(0, -'_EXPR'.length) ?? 'AND';
    for (const arg of args ?? []) coerced(arg, BOOLEAN, what, analysis, level);
    return BOOLEAN;
  },
  NullTest: ({ arg }, analysis, level) => {
    analysis.expression(arg, level);
    return BOOLEAN;
  },
  BooleanTest: ({ arg }, analysis, level) => {
    coerced(arg, BOOLEAN, 'IS TRUE', analysis, level);
    return BOOLEAN;
  },
  CoalesceExpr: ({ args }, analysis, level) => unified('COALESCE', args ?? [], analysis, level),
  MinMaxExpr: ({ args, op }, analysis, level) => {
    return unified(op === 'IS_LEAST' ? 'LEAST' : 'GREATEST', args ?? [], analysis, level);
  },
  A_ArrayExpr: (array, analysis, level) => bindArray(array, analysis, level),
  CaseExpr: ({ arg, args, defresult }, analysis, level) => {
    const tested = arg && analysis.expression(arg, level);
    const whens = (args ?? []).flatMap((node) => ('CaseWhen' in node ? [node.CaseWhen] : []));
    for (const { expr } of whens) {
      if (arg) binary('=', [undefined, tested], [expr, analysis.expression(expr, level)], analysis, arg);
      else coerced(expr, BOOLEAN, 'CASE/WHEN', analysis, level);
    }
    const results = whens.flatMap(({ result }) => result ?? []);
    return unified('CASE', defresult ? [defresult, ...results] : results, analysis, level);
  },
  RowExpr: ({ args }, analysis, level) => {
    for (const arg of args ?? []) analysis.expression(arg, level);
    return builtin('record');
  },
  NamedArgExpr: ({ arg }, analysis, level) => analysis.expression(arg, level),
  SQLValueFunction: ({ op, typmod = 0 }) => {
    const type = VALUE_TYPES[op ?? 'SVFOP_CURRENT_USER'];
    return typmod >= 0 && op?.endsWith('_N') ? { ...type, modifiers: [String(typmod)] } : type;
  },
  SubLink: bindSubLink,
  ParamRef: ({ number = 0 }, analysis) => analysis.variables?.list[number - 1]?.type,
  A_Indirection: ({ arg, indirection }, analysis, level) => {
    let type = analysis.expression(arg, level);
    for (const step of indirection ?? []) type = bindStep(step, type, analysis, level);
    return type;
  },
  GroupingFunc: ({ args }, analysis, level) => {
    for (const arg of args ?? []) analysis.expression(arg, level);
    return builtin('int4');
  },
  MergeSupportFunc: () => builtin('text'),
};

const VALUE_TYPES: { readonly [Op in NonNullable<SQLValueFunction['op']>]: TypeRef } = {
  SVFOP_CURRENT_DATE: builtin('date'),
  SVFOP_CURRENT_TIME: builtin('timetz'),
  SVFOP_CURRENT_TIME_N: builtin('timetz'),
  SVFOP_CURRENT_TIMESTAMP: builtin('timestamptz'),
  SVFOP_CURRENT_TIMESTAMP_N: builtin('timestamptz'),
  SVFOP_LOCALTIME: builtin('time'),
  SVFOP_LOCALTIME_N: builtin('time'),
  SVFOP_LOCALTIMESTAMP: builtin('timestamp'),
  SVFOP_LOCALTIMESTAMP_N: builtin('timestamp'),
  SVFOP_CURRENT_ROLE: builtin('name'),
  SVFOP_CURRENT_USER: builtin('name'),
  SVFOP_USER: builtin('name'),
  SVFOP_SESSION_USER: builtin('name'),
  SVFOP_CURRENT_CATALOG: builtin('name'),
  SVFOP_CURRENT_SCHEMA: builtin('name'),
};

const QUERIES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Binds an expression and notes its type. */
export function bindNode(node: Node, analysis: Analysis, level: Level): TypeRef | undefined {
  const [tag] = Object.keys(node) as [Tag];
  const inner = innerNode(node);
  if (!inner) return undefined;
  if (QUERIES.has(tag)) {
    analysis.query(node, level);
    return undefined;
  }
  const bind = BINDERS[tag] as Bind<object> | undefined;
  const type = bind ? bind(inner, analysis, level) : bindParts(node, analysis, level);
  if (type) analysis.results.giveType(inner, type);
  return type;
}

/** An integer literal too large for int4 is an int8, beyond that and with a fraction a numeric (make_const). */
function numberType(text: string): TypeRef {
  const isInteger = /^-?\d+$/.test(text) && BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 63n;
  return builtin(isInteger ? 'int8' : 'numeric');
}

function coerced(node: Node | undefined, type: TypeRef, what: string, analysis: Analysis, level: Level): void {
  noteWrongArgument(what, [node, analysis.expression(node, level)], type, analysis);
  analysis.results.coerce(node, type);
}

/** Binds inputs of one common type (CASE, COALESCE, GREATEST). */
function unified(what: string, nodes: readonly Node[], analysis: Analysis, level: Level): TypeRef | undefined {
  const types = nodes.map((node) => analysis.expression(node, level));
  const common = commonType(types, analysis.names);
  if (common === undefined) noteNoCommonType(what, types, nodes[0], analysis);
  for (const node of nodes) analysis.results.coerce(node, common);
  return common;
}

function bindArray(
  { elements = [] }: { elements?: Node[] },
  analysis: Analysis,
  level: Level,
  goal?: TypeRef,
): TypeRef | undefined {
  if (!goal) {
    const common = unified('ARRAY', elements, analysis, level);
    return common && arrayOf(common);
  }
  for (const element of elements) {
    if ('A_ArrayExpr' in element) bindArray(element.A_ArrayExpr, analysis, level, goal);
    else {
      analysis.expression(element, level);
      analysis.results.coerce(element, goal);
    }
    if ('A_Const' in element) bindLiteral(element, goal, analysis.names, analysis.results);
  }
  return arrayOf(goal);
}

/** Binds a row of which all columns are wanted, `(row).*`, and gives its type. */
export function bindStarredRow({ arg, indirection }: A_Indirection, analysis: Analysis, level: Level) {
  let type = analysis.expression(arg, level);
  for (const step of indirection?.slice(0, -1) ?? []) type = bindStep(step, type, analysis, level);
  return type;
}

/** `.field`, `[i]` or `[a:b]` behind an expression. */
function bindStep(step: Node, type: TypeRef | undefined, analysis: Analysis, level: Level): TypeRef | undefined {
  if ('A_Indices' in step) {
    for (const index of [step.A_Indices.lidx, step.A_Indices.uidx]) {
      const own = analysis.expression(index, level);
      // A jsonb subscript is text or a number, an array's a number.
      const isJson = type?.name.name === 'jsonb' && !type.isArray;
      if (!isJson || (own && isSameType(own, LITERAL)))
        analysis.results.coerce(index, builtin(isJson ? 'text' : 'int4'));
    }
    if (!type || step.A_Indices.is_slice) return type;
    return type.isArray ? elementOf(type) : type.name.name === 'jsonb' ? builtin('jsonb') : undefined;
  }
  if (!('String' in step) || !type) return undefined;
  const { names, results } = analysis;
  const { schema, name } = type.name;
  const relation = names.relation(schema, name);
  const attribute = (relation?.columns ?? names.type(schema, name)?.columns)?.find(
    (each) => each.name === step.String.sval,
  );
  if (attribute) results.refer(step.String, 'column', attribute.id, { relation: relation?.id });
  return attribute?.type;
}

function bindSubLink(link: SubLink, analysis: Analysis, level: Level): TypeRef | undefined {
  const { subLinkType, testexpr, subselect } = link;
  const tested = testexpr && analysis.expression(testexpr, level);
  const { columns } = subselect ? analysis.query(subselect, level) : { columns: [] };
  const type = columns[0]?.type;
  if (subLinkType === 'EXPR_SUBLINK') return type && isSameType(type, LITERAL) ? builtin('text') : type;
  if (subLinkType === 'ARRAY_SUBLINK') return type && arrayOf(type);
  if (testexpr && columns.length === 1) {
    const { name } = writtenName(link.operName);
    if (builtinOperators(name || '=').length > 0) binary(name || '=', [testexpr, tested], [undefined, type], analysis);
  }
  return BOOLEAN;
}
