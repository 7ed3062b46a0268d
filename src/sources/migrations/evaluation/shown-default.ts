import type { A_Const, FuncCall, Node, SQLValueFunction } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import { isBuiltIn, type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import { quoteIdentifier, quoteLiteral } from '../../../sql/name.ts';
import { fieldsOf, writtenName } from '../../../sql/nodes.ts';
import { PartialText, SOME_TEXT, type Value } from './value.ts';

/**
 * A column's default as pg_get_expr() and information_schema print it: literals of the plainest types and calls without arguments;
 * of others it is only known that there is a text (get_const_expr() and get_func_expr(), src/backend/utils/adt/ruleutils.c).
 */
export function shownDefault({ tree, meanings }: BoundExpression, column: TypeRef | null): Value {
  const literal = literalOf(tree, column);
  if (literal !== undefined) return shownLiteral(literal.value, literal.type) ?? SOME_TEXT;
  const call = fieldsOf(tree, 'FuncCall');
  const meaning = call && meanings.get(call);
  if (call !== undefined && meaning?.kind === 'call' && meaning.function.name.schema === 'pg_catalog')
    return shownCall(call);
  const value = fieldsOf(tree, 'SQLValueFunction');
  return (value && VALUES.get(value.op)) ?? SOME_TEXT;
}

const VALUES: ReadonlyMap<SQLValueFunction['op'], string> = new Map([
  ['SVFOP_CURRENT_DATE', 'CURRENT_DATE'],
  ['SVFOP_CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP'],
  ['SVFOP_CURRENT_USER', 'CURRENT_USER'],
] as const);

/** A constant and the type that it is read as: its own, or the column's. */
function literalOf(
  tree: Node,
  column: TypeRef | null,
): { readonly value: A_Const; readonly type: TypeRef } | undefined {
  const own = fieldsOf(tree, 'A_Const');
  if (own !== undefined) return column === null ? undefined : { value: own, type: { ...column, modifiers: [] } };
  const cast = fieldsOf(tree, 'TypeCast');
  const value = fieldsOf(cast?.arg, 'A_Const');
  const { schema = 'pg_catalog', name } = writtenName(cast?.typeName?.names);
  if (value?.sval === undefined || schema !== 'pg_catalog' || (cast?.typeName?.typmods ?? []).length > 0)
    return undefined;
  const isArray = (cast?.typeName?.arrayBounds ?? []).length > 0;
  return { value, type: { name: { schema, name }, isArray, modifiers: [] } };
}

/** Undefined where the type's own way of writing values has a say. */
function shownLiteral({ ival, fval, sval, boolval, isnull }: A_Const, type: TypeRef): string | undefined {
  if (isnull === true || type.name.schema !== 'pg_catalog') return undefined;
  if (boolval) return isBuiltIn(type, 'bool') ? String(boolval.boolval ?? false) : undefined;
  if (ival) return isBuiltIn(type, ...NUMBERS) && (ival.ival ?? 0) >= 0 ? String(ival.ival ?? 0) : undefined;
  if (fval) return isBuiltIn(type, ...NUMBERS) && /^(?:0|[1-9]\d*)\.\d+$/.test(fval.fval ?? '') ? fval.fval : undefined;
  const text = sval?.sval ?? '';
  if (text.includes('\\') || !isWrittenSo(text, type)) return undefined;
  const spelled = isBuiltIn(type, 'bpchar') ? 'bpchar' : typeText(type);
  return `${quoteLiteral(text)}::${spelled}`;
}

const NUMBERS = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'] as const;

function isWrittenSo(text: string, type: TypeRef): boolean {
  if (type.isArray) return text === '{}' && SIMPLE.has(type.name.name);
  if (isBuiltIn(type, 'text', 'varchar', 'bpchar', 'json')) return true;
  if (isBuiltIn(type, 'jsonb')) return text === '{}' || text === '[]';
  return isBuiltIn(type, 'uuid') && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

const SIMPLE: ReadonlySet<string> = new Set([
  ...NUMBERS,
  'bool',
  'date',
  'jsonb',
  'text',
  'timestamptz',
  'uuid',
  'varchar',
]);

function shownCall({ funcname, args = [], funcformat }: FuncCall): Value {
  const { name } = writtenName(funcname);
  if (args.length === 0 && funcformat === 'COERCE_EXPLICIT_CALL') return `${quoteIdentifier(name)}()`;
  return name === 'nextval' ? new PartialText(["nextval('", '::regclass)']) : SOME_TEXT;
}
