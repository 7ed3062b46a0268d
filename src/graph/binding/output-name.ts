import type { Node, SQLValueFunction } from '@pgsql/types';

import { stringsOf, writtenName } from '../../sql/nodes.ts';

/** FigureColname() (src/backend/parser/parse_target.c): the name an expression gives its output column. */
export function figureColumnName(node: Node): string {
  return figure(node)?.name ?? '?column?';
}

/** `isStrong`: a name from the expression itself; a weak one (a cast's type, `case`) gives way to it. */
interface Figured {
  readonly name: string;
  readonly isStrong: boolean;
}

const strong = (name: string): Figured => ({ name, isStrong: true });

function figure(node: Node | undefined): Figured | undefined {
  if (!node) return undefined;
  if ('ColumnRef' in node) return last(stringsOf(node.ColumnRef.fields));
  if ('A_Indirection' in node) return last(stringsOf(node.A_Indirection.indirection)) ?? figure(node.A_Indirection.arg);
  if ('FuncCall' in node) return strong(writtenName(node.FuncCall.funcname).name);
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
  if ('TypeCast' in node) return ofCast(node.TypeCast.arg, stringsOf(node.TypeCast.typeName?.names));
  if ('CollateClause' in node) return figure(node.CollateClause.arg);
  if ('GroupingFunc' in node) return strong('grouping');
  if ('MergeSupportFunc' in node) return strong('merge_action');
  if ('SubLink' in node) return ofSubLink(node);
  if ('CaseExpr' in node) return ofCase(node.CaseExpr.defresult);
  if ('A_ArrayExpr' in node) return strong('array');
  if ('RowExpr' in node) return strong('row');
  if ('CoalesceExpr' in node) return strong('coalesce');
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_GREATEST' ? 'greatest' : 'least');
  if ('SQLValueFunction' in node) return ofValueFunction(node.SQLValueFunction.op);
  return ofXmlOrJson(node);
}

function last(names: readonly string[]): Figured | undefined {
  const name = names.at(-1);
  return name === undefined ? undefined : strong(name);
}

function ofCast(argument: Node | undefined, typeNames: readonly string[]): Figured | undefined {
  const inner = figure(argument);
  if (inner?.isStrong) return inner;
  const name = typeNames.at(-1);
  return name === undefined ? inner : { name, isStrong: false };
}

function ofCase(result: Node | undefined): Figured {
  const inner = figure(result);
  return inner?.isStrong ? inner : { name: 'case', isStrong: false };
}

function ofSubLink(node: Extract<Node, { SubLink: unknown }>): Figured | undefined {
  const { subLinkType, subselect } = node.SubLink;
  if (subLinkType === 'EXISTS_SUBLINK') return strong('exists');
  if (subLinkType === 'ARRAY_SUBLINK') return strong('array');
  if (subLinkType !== 'EXPR_SUBLINK' || !subselect || !('SelectStmt' in subselect)) return undefined;
  // The target list of the leftmost arm names the columns of a set operation.
  let query = subselect.SelectStmt;
  while (query.larg) query = query.larg;
  const [target] = query.targetList ?? [];
  if (!target || !('ResTarget' in target)) return query.valuesLists ? strong('column1') : undefined;
  if (target.ResTarget.name !== undefined) return strong(target.ResTarget.name);
  return target.ResTarget.val ? strong(figureColumnName(target.ResTarget.val)) : undefined;
}

function ofValueFunction(op: SQLValueFunction['op']): Figured | undefined {
  // SVFOP_CURRENT_TIMESTAMP_N and the like are the forms with a precision.
  return op === undefined
    ? undefined
    : strong(
        op
          .replace(/^SVFOP_/, '')
          .replace(/_N$/, '')
          .toLowerCase(),
      );
}

const JSON_CONSTRUCTORS: ReadonlyMap<string, string> = new Map([
  ['JsonParseExpr', 'json'],
  ['JsonScalarExpr', 'json_scalar'],
  ['JsonSerializeExpr', 'json_serialize'],
  ['JsonObjectConstructor', 'json_object'],
  ['JsonArrayConstructor', 'json_array'],
  ['JsonArrayQueryConstructor', 'json_array'],
  ['JsonObjectAgg', 'json_objectagg'],
  ['JsonArrayAgg', 'json_arrayagg'],
]);

const XML_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['IS_XMLCONCAT', 'xmlconcat'],
  ['IS_XMLELEMENT', 'xmlelement'],
  ['IS_XMLFOREST', 'xmlforest'],
  ['IS_XMLPARSE', 'xmlparse'],
  ['IS_XMLPI', 'xmlpi'],
  ['IS_XMLROOT', 'xmlroot'],
  ['IS_XMLSERIALIZE', 'xmlserialize'],
]);

const JSON_QUERIES: ReadonlyMap<string, string> = new Map([
  ['JSON_EXISTS_OP', 'json_exists'],
  ['JSON_QUERY_OP', 'json_query'],
  ['JSON_VALUE_OP', 'json_value'],
]);

function ofXmlOrJson(node: Node): Figured | undefined {
  const [tag = ''] = Object.keys(node);
  const name =
    'XmlExpr' in node
      ? XML_FUNCTIONS.get(node.XmlExpr.op ?? '')
      : 'XmlSerialize' in node
        ? 'xmlserialize'
        : 'JsonFuncExpr' in node
          ? JSON_QUERIES.get(node.JsonFuncExpr.op ?? '')
          : JSON_CONSTRUCTORS.get(tag);
  return name === undefined ? undefined : strong(name);
}
