import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn } from '../own-column.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { isUsersOwn } from '../users-own.ts';
import { checkExcludesNull } from '../values/implication.ts';

/** May a row hold NULL here: no NOT NULL, neither the column's own nor its domain's, no CHECK that says as much, and not made of what is never NULL. */
export function isNullable(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return !column.notNull && mayHoldNull(graph, column);
}

const mayHoldNull = askedOnce(
  (graph: SchemaGraph, column: EntityOf<'column'>) =>
    !domainExcludesNull(graph, column.type) &&
    !graph
      .ownedBy(column.relation, 'checkConstraint')
      .some((check) => check.isEnforced && checkExcludesNull(check.expression, column.id)) &&
    !(column.generated !== null && isNeverNull(graph, column.generated.expression)),
);

function domainExcludesNull(graph: SchemaGraph, type: TypeRef | null): boolean {
  let current = type;
  while (current?.entity !== undefined && !current.isArray) {
    const domain = graph.find(current.entity);
    if (domain?.kind !== 'domain') return false;
    if (domain.notNull) return true;
    current = domain.base;
  }
  return false;
}

/** Functions of the server and its usual extensions that return a value whenever their arguments are values. */
const NEVER_NULL = new Set(
  `abs array_append array_cat array_prepend ceil ceiling clock_timestamp concat_ws crypt current_database date_part
  date_trunc decode digest encode extract floor gen_random_bytes gen_random_uuid gen_salt greatest left lower lpad ltrim make_date make_interval make_timestamptz md5 nextval now pg_current_xact_id
  random repeat replace right round rpad rtrim sha256 statement_timestamp timeofday timezone to_char to_json to_jsonb to_timestamp
  to_tsvector transaction_timestamp trim trunc txid_current upper uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuid_nil uuidv4
  uuidv7`.split(/\s+/),
);

/** The same, with NULLs among their arguments too. */
const NEVER_NULL_AT_ALL = new Set(
  `concat jsonb_build_array jsonb_build_object json_build_array json_build_object num_nonnulls num_nulls`.split(/\s+/),
);

const NEVER_NULL_OPERATORS = new Set(['+', '-', '*', '/', '%', '||', '=', '<>', '<', '>', '<=', '>=']);

/** Is the expression, a column's default or what it is made of, certainly never NULL? False also where that cannot be told. */
export function isNeverNull(graph: SchemaGraph, expression: BoundExpression): boolean {
  const never = (node: Node | undefined): boolean => {
    if (node === undefined) return false;
    if ('A_Const' in node) return node.A_Const.isnull !== true;
    if ('ColumnRef' in node) return isOfValues(ownColumn(node, expression), graph);
    if ('TypeCast' in node) return never(node.TypeCast.arg);
    if ('CollateClause' in node) return never(node.CollateClause.arg);
    if ('A_ArrayExpr' in node || 'RowExpr' in node || 'NullTest' in node || 'BooleanTest' in node) return true;
    if ('SQLValueFunction' in node) return node.SQLValueFunction.op !== 'SVFOP_CURRENT_SCHEMA';
    if ('CoalesceExpr' in node) return (node.CoalesceExpr.args ?? []).some(never);
    if ('MinMaxExpr' in node) return (node.MinMaxExpr.args ?? []).some(never);
    if ('BoolExpr' in node) return (node.BoolExpr.args ?? []).every(never);
    if ('CaseExpr' in node) {
      const results = (node.CaseExpr.args ?? []).map((each) => fieldsOf(each, 'CaseWhen')?.result);
      return [...results, node.CaseExpr.defresult].every(never);
    }
    if ('A_Expr' in node) {
      const { kind, name, lexpr, rexpr } = node.A_Expr;
      if (kind !== 'AEXPR_OP' || !NEVER_NULL_OPERATORS.has(stringsOf(name).at(-1) ?? '')) return false;
      return (lexpr === undefined || never(lexpr)) && never(rexpr);
    }
    if (!('FuncCall' in node)) return false;
    const name = ownName(node.FuncCall, expression, graph);
    return NEVER_NULL_AT_ALL.has(name) || (NEVER_NULL.has(name) && (node.FuncCall.args ?? []).every(never));
  };
  return never(expression.tree);
}

/** No column is made of a generated one (docs, 5.4), so that this ends whatever a file says. */
function isOfValues(id: EntityId | undefined, graph: SchemaGraph): boolean {
  const column = id === undefined ? undefined : graph.find(id);
  return column?.kind === 'column' && column.generated === null && !isNullable(graph, column);
}

/** The name of a called function; empty for one of the user's, which may only have the name. */
function ownName(call: FuncCall, { meanings }: BoundExpression, graph: SchemaGraph): string {
  const called = calledFunction(graph, { FuncCall: call }, { meanings });
  return called !== undefined && isUsersOwn(graph, called) ? '' : (stringsOf(call.funcname).at(-1) ?? '');
}
