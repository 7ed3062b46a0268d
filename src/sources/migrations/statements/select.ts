import type { CallStmt, FuncCall, Node, SelectStmt } from '@pgsql/types';
import { splitIdentifiers } from '../../../sql/names-in-text.ts';
import { constantText } from '../buckets.ts';
import { followCalls } from '../called-routines.ts';
import type { ReplayContext } from '../context.ts';
import { setParameter } from './set.ts';

/** SELECT: of no effect, but for what it calls, and for SELECT … INTO, which is CREATE TABLE AS (docs, SELECT INTO). */
export function select(stmt: SelectStmt, context: ReplayContext): void {
  const { intoClause, ...query } = stmt;
  if (intoClause !== undefined) {
    const node: Node = {
      CreateTableAsStmt: { query: { SelectStmt: query }, into: intoClause, objtype: 'OBJECT_TABLE' },
    };
    context.run(node, 'CreateTableAsStmt');
    return;
  }
  const node: Node = { SelectStmt: stmt };
  if (context.isUndecided) {
    followCalls(node, false, context);
    return;
  }
  context.checkNames(node);
  for (const target of stmt.targetList ?? []) {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (value && 'FuncCall' in value) setConfig(value.FuncCall, context);
  }
  followCalls(node, runsOnce(stmt), context);
}

/** CALL procedure(…). */
export function call(stmt: CallStmt, context: ReplayContext): void {
  if (stmt.funccall) followCalls({ FuncCall: stmt.funccall }, !context.isUndecided, context);
}

/** SELECT f() and SELECT … FROM f(), without a condition. */
function runsOnce(stmt: SelectStmt): boolean {
  const from = stmt.fromClause ?? [];
  return stmt.whereClause === undefined && from.length <= 1 && from.every((each) => 'RangeFunction' in each);
}

/** set_config('search_path', '…', is_local): pg_dump begins with it. */
function setConfig(node: FuncCall, context: ReplayContext): void {
  const { schema, name } = context.nameOf(node.funcname);
  if (name !== 'set_config' || (schema !== undefined && schema !== 'pg_catalog')) return;
  const [parameter, value, isLocal] = (node.args ?? []).map(constantText);
  if (typeof parameter !== 'string' || typeof value !== 'string') return;
  const key = parameter.toLowerCase();
  setParameter(key, key === 'search_path' ? splitIdentifiers(value) : [value], isLocal === 'true', context);
}
