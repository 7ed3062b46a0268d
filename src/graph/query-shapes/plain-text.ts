import type { FuncCall, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree } from '../routines/body-tree.ts';
import { constantOf, constantText } from './operand.ts';
import { eachStatement } from './pl-statements.ts';

/** What ends a literal or a name, or begins something else, where a text is read as SQL; a backslash does so in E'…' only. */
const TELLING = /['"`;$(){},=<>*/\s]/;

/** Functions whose result has no character that none of their arguments has. */
const KEEPING: ReadonlySet<string> = new Set(
  'lower btrim ltrim rtrim left right substr substring concat reverse'.split(' '),
);

/**
 * Does the call replace all but characters that say nothing in SQL: `regexp_replace(v, '[^a-z0-9]+', '-', 'g')`? What it gives is one word then,
 * whatever it is given.
 */
export function isReducing({ funcname, args = [] }: FuncCall): boolean {
  if (builtinName(funcname) !== 'regexp_replace' || args.length !== 4) return false;
  const [, pattern, by, flags] = args.map((each) => constantText(each));
  if (typeof pattern !== 'string' || typeof by !== 'string' || typeof flags !== 'string') return false;
  if (!/^i?gi?$/.test(flags) || TELLING.test(by) || by.includes('\\')) return false;
  const [, kept] = /^\[\^((?:[^\]\\]|\\.)+)\]\+?$/.exec(pattern) ?? [];
  return kept !== undefined && isHarmless(kept);
}

/** Are the characters of a class in brackets (docs 9.7.3.2) such: single ones, ranges, and what stands for letters and digits? */
function isHarmless(kept: string): boolean {
  const units = kept.match(/\\.|./gs) ?? [];
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] ?? '';
    if (unit === '\\w' || unit === '\\d') continue;
    // Another escape, or a class by name.
    if (/^\\[a-z]/i.test(unit) || unit === '[') return false;
    const until = units[at + 1] === '-' ? units[at + 2] : undefined;
    const [from, to] = [unit, until ?? unit].map((each) => each.charCodeAt(each.length - 1));
    for (let code = from ?? 0; code <= (to ?? 0); code++) if (TELLING.test(String.fromCharCode(code))) return false;
    if (until !== undefined) at += 2;
  }
  return true;
}

/** Is all that a function gives of that kind: a body of one query, or one in which each RETURN gives such a text? */
export function givesPlainText(fn: EntityOf<'function'>): boolean {
  const tree = bodyTree(fn);
  if (tree.language === 'plpgsql') {
    const returns = [...eachStatement([tree.block])].flatMap(({ statement }) =>
      statement.kind === 'return' ? [statement.value] : [],
    );
    return returns.length > 0 && returns.every((each) => each !== undefined && isPlain(each.tree, []));
  }
  if (tree.language === 'unread') return false;
  const [only, another] = tree.statements;
  return only !== undefined && another === undefined && isPlain(only.tree, []);
}

/** @param around the queries that it stands in, the innermost first */
function isPlain(node: Node | undefined, around: readonly SelectStmt[]): boolean {
  if (node === undefined) return false;
  const isEach = (nodes: readonly (Node | undefined)[]): boolean => nodes.every((each) => isPlain(each, around));
  const constant = constantOf(node);
  if (constant !== null) return typeof constant !== 'string' || (!TELLING.test(constant) && !constant.includes('\\'));
  const call = fieldsOf(node, 'FuncCall');
  if (call !== undefined) {
    const [first, , by] = call.args ?? [];
    const name = builtinName(call.funcname) ?? '';
    if (name === 'regexp_replace' || name === 'replace') return isReducing(call) || isEach([first, by]);
    return KEEPING.has(name) && (name === 'concat' ? isEach(call.args ?? []) : isPlain(first, around));
  }
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_OP') return stringsOf(name).at(-1) === '||' && isEach([lexpr, rexpr]);
  if (kind === 'AEXPR_NULLIF') return isPlain(lexpr, around);
  const coalesced = fieldsOf(node, 'CoalesceExpr')?.args;
  if (coalesced !== undefined) return isEach(coalesced);
  const cast = fieldsOf(node, 'TypeCast');
  if (cast !== undefined) return isPlain(cast.arg, around);
  const query = fieldsOf(node, 'SelectStmt') ?? fieldsOf(fieldsOf(node, 'SubLink')?.subselect, 'SelectStmt');
  if (query !== undefined) {
    const [target, another] = query.targetList ?? [];
    return another === undefined && isPlain(fieldsOf(target, 'ResTarget')?.val, [query, ...around]);
  }
  return 'ColumnRef' in node && isPlainColumn(node, around);
}

/** The one column, by its name, of the one query, by WITH or in FROM, that the innermost query reads: not a parameter beside it. */
function isPlainColumn(node: Node, around: readonly SelectStmt[]): boolean {
  const [query] = around;
  const [from, another] = query?.fromClause ?? [];
  const column = stringsOf(fieldsOf(node, 'ColumnRef')?.fields).at(-1);
  if (from === undefined || another !== undefined || column === undefined) return false;
  const isGiven = (read: Node | undefined, within: readonly SelectStmt[]): boolean => {
    const [target] = fieldsOf(read, 'SelectStmt')?.targetList ?? [];
    return fieldsOf(target, 'ResTarget')?.name === column && isPlain(read, within);
  };
  const below = fieldsOf(from, 'RangeSubselect')?.subquery;
  if (below !== undefined) return isGiven(below, around);
  const { relname, schemaname } = fieldsOf(from, 'RangeVar') ?? {};
  if (relname === undefined || schemaname !== undefined) return false;
  for (const [at, { withClause }] of around.entries()) {
    const ctes = (withClause?.ctes ?? []).flatMap((each) => fieldsOf(each, 'CommonTableExpr') ?? []);
    const cte = ctes.find((each) => each.ctename === relname);
    if (cte !== undefined) return withClause?.recursive !== true && isGiven(cte.ctequery, around.slice(at));
  }
  return false;
}

/** Not an own function of that name. */
function builtinName(funcname: FuncCall['funcname']): string | undefined {
  const { schema, name } = writtenName(funcname);
  return schema === undefined || schema === 'pg_catalog' ? name : undefined;
}
