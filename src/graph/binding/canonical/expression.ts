import type { A_Const, A_Indirection, ColumnRef, Node, SubLink } from '@pgsql/types';
import { type NodeTag, stringsOf, tagOf, writtenName } from '../../../sql/nodes.ts';
import { innerNode } from '../analysis.ts';
import type { ColumnMeaning } from '../binding.ts';
import { builtin } from '../builtin/builtins.ts';
import { figureColumnName } from '../output-name.ts';
import { LITERAL } from '../type-system.ts';
import { functionName, writeCall } from './call.ts';
import { cast, key, print } from './form.ts';
import { list, quoted } from './key-syntax.ts';
import { logic, negated } from './logic.ts';
import { writeOperator } from './operator.ts';
import { writeParts } from './parts.ts';
import { type Form, meaningOf, typeOf, type Writer } from './writer.ts';

const NULL: Form = { kind: 'constant', type: LITERAL, value: null };

/** The form of an expression by itself, before its context coerces it. */
export function writeExpression(node: Node, writer: Writer): Form {
  if ('ColumnRef' in node) return writeColumnRef(node.ColumnRef, writer);
  if ('A_Const' in node) return writeConstant(node.A_Const, writer);
  if ('TypeCast' in node) {
    const { arg, typeName } = node.TypeCast;
    const type = typeName && typeOf(writer, typeName);
    if (type) return cast(writer.value(arg), type, writer);
    return key(list('cast', stringsOf(typeName?.names).map(quoted).join('.'), writer.text(arg)));
  }
  if ('A_Expr' in node) return writeOperator(node.A_Expr, writer);
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'NOT_EXPR') return negated(writer.text(args[0]));
    const parts = args.map((arg) => writer.value(arg));
    return logic(boolop === 'AND_EXPR' ? 'and' : 'or', parts);
  }
  if ('FuncCall' in node) return writeCall(node.FuncCall, writer);
  if ('SubLink' in node) return writeSubLink(node.SubLink, writer);
  if ('A_ArrayExpr' in node) {
    const elements = (node.A_ArrayExpr.elements ?? []).map((element) => writer.value(element));
    return { kind: 'array', type: typeOf(writer, node.A_ArrayExpr), elements };
  }
  return writeConstruct(node, writer);
}

function writeConstruct(node: Node, writer: Writer): Form {
  const inner = innerNode(node);
  const type = inner && typeOf(writer, inner);
  if ('NullTest' in node) return key(list(node.NullTest.nulltesttype ?? '', writer.text(node.NullTest.arg)), type);
  if ('BooleanTest' in node)
    return key(list(node.BooleanTest.booltesttype ?? '', writer.text(node.BooleanTest.arg)), type);
  if ('CoalesceExpr' in node) return key(listOf('coalesce', node.CoalesceExpr.args, writer), type);
  if ('MinMaxExpr' in node) return key(listOf(node.MinMaxExpr.op ?? '', node.MinMaxExpr.args, writer), type);
  if ('RowExpr' in node) return key(listOf('row', node.RowExpr.args, writer), type);
  if ('CaseExpr' in node) {
    const { arg, args = [], defresult } = node.CaseExpr;
    const branches = args.flatMap((each) => ('CaseWhen' in each ? [each.CaseWhen] : []));
    const whens = branches.map(({ expr, result }) => list('when', writer.text(expr), writer.text(result)));
    // Without ELSE the result is NULL, which the deparser writes out.
    const otherwise = defresult ? writer.text(defresult) : print(cast(NULL, type, writer), writer);
    return key(list('case', arg && writer.text(arg), ...whens, list('else', otherwise)), type);
  }
  if ('CollateClause' in node) {
    const { schema, name } = writtenName(node.CollateClause.collname);
    const collation =
      schema === undefined || schema === 'pg_catalog' ? quoted(name) : `${quoted(schema)}.${quoted(name)}`;
    return key(list('collate', collation, writer.text(node.CollateClause.arg)), type);
  }
  if ('A_Indirection' in node) {
    const steps = (node.A_Indirection.indirection ?? []).map((step) => writeStep(step, writer));
    return key(list('at', writer.text(node.A_Indirection.arg), ...steps), type);
  }
  if ('SQLValueFunction' in node) {
    const { op = '', typmod = 0 } = node.SQLValueFunction;
    return key(list('value', op, typmod >= 0 && op.endsWith('_N') ? String(typmod) : undefined), type);
  }
  if ('ParamRef' in node) return key(list('parameter', String(node.ParamRef.number ?? 0)), type);
  if ('ResTarget' in node) {
    const { name, val } = node.ResTarget;
    const meaning = meaningOf(writer, node.ResTarget);
    // A column that INSERT or UPDATE sets.
    if (meaning?.kind === 'column')
      return key(list('set', print(writeColumn(meaning, writer), writer), val && writer.text(val)));
    return key(list('as', quoted(name ?? (val ? figureColumnName(val) : '')), writer.text(val)));
  }
  if (QUERIES.has(tagOf(node))) return key(writer.query(node, false));
  return key(writeParts(node, writer), type);
}

const QUERIES: ReadonlySet<NodeTag | undefined> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

function listOf(tag: string, nodes: readonly Node[] | undefined, writer: Writer): string {
  return list(tag, ...(nodes ?? []).map((node) => writer.text(node)));
}

/** `(row).part.name`, of `(row).part.*`. */
export function writeField({ arg, indirection = [] }: A_Indirection, name: string, writer: Writer): string {
  const steps = indirection.slice(0, -1).map((step) => writeStep(step, writer));
  return list('at', writer.text(arg), ...steps, quoted(name));
}

function writeStep(step: Node, writer: Writer): string {
  if ('String' in step) return quoted(step.String.sval ?? '');
  if (!('A_Indices' in step)) return '*';
  const { is_slice, lidx, uidx } = step.A_Indices;
  return is_slice
    ? list('slice', lidx ? writer.text(lidx) : '-', uidx ? writer.text(uidx) : '-')
    : list('item', writer.text(uidx));
}

function writeConstant(constant: A_Const, writer: Writer): Form {
  const meaning = meaningOf(writer, constant);
  if (meaning?.kind === 'source' && meaning.relation !== undefined) {
    return key(list('regclass', quoted(writer.nameOf(meaning.relation))), builtin('regclass'));
  }
  const { ival, boolval, fval, sval, bsval } = constant;
  if (constant.isnull) return NULL;
  const type = typeOf(writer, constant) ?? LITERAL;
  // The grammar leaves fields out that are zero, false or empty.
  if (ival) return { kind: 'constant', type, value: String(ival.ival ?? 0) };
  if (boolval) return { kind: 'constant', type: builtin('bool'), value: String(boolval.boolval ?? false) };
  if (fval) return cast({ kind: 'constant', type: LITERAL, value: fval.fval ?? '' }, type, writer);
  if (bsval) return { kind: 'constant', type: builtin('bit'), value: bitsOf(bsval.bsval ?? '') };
  return { kind: 'constant', type: LITERAL, value: sval?.sval ?? '' };
}

/** `b101` or `xff`, as the grammar keeps bit strings, in bits. */
function bitsOf(text: string): string {
  if (!text.startsWith('x')) return text.replace(/^b/, '');
  return [...text.slice(1)].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
}

function writeColumnRef(ref: ColumnRef, writer: Writer): Form {
  const meaning = meaningOf(writer, ref);
  if (meaning?.kind === 'column') return writeColumn(meaning, writer);
  const type = typeOf(writer, ref);
  if (meaning?.kind === 'row') return key(list('row-of', String(meaning.level), String(meaning.source)), type);
  if (meaning?.kind === 'method') {
    const { function: called, level, source } = meaning;
    return key(list('call', functionName(called, writer), list('row-of', String(level), String(source))), type);
  }
  if (meaning?.kind === 'variable') return key(list('variable', quoted(meaning.name)), type);
  const fields = (ref.fields ?? []).map((field) => ('String' in field ? quoted(field.String.sval ?? '') : '*'));
  return key(list('name', ...fields), type);
}

/** A column by what it is, not by how it is qualified: the entity's name now, or its place in a subselect. */
export function writeColumn(column: ColumnMeaning, writer: Writer): Form {
  const { level, source, index, isDirect, name, type } = column;
  const own = column.column === undefined ? name : writer.nameOf(column.column);
  const what = isDirect || index < 0 ? quoted(isDirect ? own : name) : `#${index}`;
  return key(list('column', String(level), String(source), what), type);
}

function writeSubLink(link: SubLink, writer: Writer): Form {
  const query = link.subselect ? writer.query(link.subselect, false) : '';
  const type = typeOf(writer, link);
  switch (link.subLinkType) {
    case 'EXISTS_SUBLINK':
      return key(list('exists', query), type);
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const { name } = writtenName(link.operName);
      const tag = link.subLinkType === 'ANY_SUBLINK' ? 'any-of' : 'all-of';
      return key(list(tag, quoted(name === '' ? '=' : name), writer.text(link.testexpr), query), type);
    }
    case 'ARRAY_SUBLINK':
      return key(list('array-of', query), type);
    default:
      return key(list('scalar', query), type);
  }
}
