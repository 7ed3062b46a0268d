import type { CommonTableExpr, Node, WithClause } from '@pgsql/types';
import { stringsOf } from '../../sql/nodes.ts';
import type { Analysis, QueryColumns } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import type { BoundSourceColumn, Cte, Level } from './level.ts';

/** transformWithClause(): each query sees the earlier ones; with RECURSIVE all see all, themselves included. */
export function bindWith(clause: WithClause, analysis: Analysis, level: Level): void {
  const queries = (clause.ctes ?? []).flatMap((node) => ('CommonTableExpr' in node ? [node.CommonTableExpr] : []));
  if (clause.recursive) for (const query of queries) level.addCte(query.ctename ?? '', OPEN);
  for (const query of queries) {
    const result = clause.recursive ? bindRecursive(query, analysis, level) : bindOne(query, analysis, level);
    level.addCte(query.ctename ?? '', renamed(result, query));
  }
}

/** A WITH query that a former one of a recursive clause already names. */
const OPEN: Cte = { columns: [], columnsKnown: false };

function bindOne({ ctequery }: CommonTableExpr, analysis: Analysis, level: Level): QueryColumns {
  return ctequery ? analysis.query(ctequery, level) : OPEN;
}

/** The non-recursive arm of a UNION decides the columns that the recursive arm sees. */
function bindRecursive(query: CommonTableExpr, analysis: Analysis, level: Level): QueryColumns {
  const name = query.ctename ?? '';
  const select = query.ctequery && 'SelectStmt' in query.ctequery ? query.ctequery.SelectStmt : undefined;
  if (!select?.larg || !mentions(select.rarg, name)) return bindOne(query, analysis, level);
  const first = analysis.dryRun().query({ SelectStmt: select.larg }, level);
  level.addCte(name, renamed(first, query));
  return bindOne(query, analysis, level);
}

/** Whether a FROM somewhere inside names this relation without a schema. */
function mentions(tree: unknown, name: string): boolean {
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const range = (value as { RangeVar?: { relname?: string; schemaname?: string } }).RangeVar;
    if (range && range.relname === name && range.schemaname === undefined) return true;
    open.push(...Object.values(value));
  }
  return false;
}

function renamed({ columns, columnsKnown }: QueryColumns, query: CommonTableExpr): Cte {
  const names = stringsOf(query.aliascolnames);
  const own = columns.map((column, at): BoundSourceColumn => ({ ...column, name: names[at] ?? column.name }));
  const missing = columnsKnown ? [] : names.slice(own.length).map((name): BoundSourceColumn => ({ name }));
  return { columns: [...own, ...missing, ...searchColumns(query)], columnsKnown };
}

/** The columns that SEARCH and CYCLE add (docs 7.8.2). */
function searchColumns({ search_clause: search, cycle_clause: cycle }: CommonTableExpr): readonly BoundSourceColumn[] {
  const columns: BoundSourceColumn[] = [];
  if (search?.search_seq_column)
    columns.push({
      name: search.search_seq_column,
      type: builtin(search.search_breadth_first ? 'record' : 'record[]'),
    });
  if (cycle?.cycle_mark_column) columns.push({ name: cycle.cycle_mark_column, type: markType(cycle.cycle_mark_value) });
  if (cycle?.cycle_path_column) columns.push({ name: cycle.cycle_path_column, type: builtin('record[]') });
  return columns;
}

function markType(mark: Node | undefined) {
  return mark && 'A_Const' in mark && mark.A_Const.boolval === undefined ? undefined : builtin('bool');
}
