import type { Node, RangeSubselect, RangeTableFunc, RangeTableSample, RangeVar } from '@pgsql/types';
import type { Analysis } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import { aliased } from './from-alias.ts';
import { bindRangeFunction } from './from-function.ts';
import { bindJoin } from './join.ts';
import { type BoundSourceColumn, type Level, relationEntry, type Source, seen, type Visible } from './level.ts';
import { bindTypeName } from './type-name.ts';

/** transformFromClause(): adds the items to what names find at this level, left to right. */
export function bindFrom(items: readonly Node[] | undefined, analysis: Analysis, level: Level): void {
  const before = level.visible;
  const [only, another] = items ?? [];
  if (only !== undefined && another === undefined && before.length === 0) {
    level.visible = bindFromItem(only, analysis, level);
    return;
  }
  const added: Visible[] = [];
  level.visible = before.map((each) => ({ ...each, isLateralOnly: true }));
  for (const item of items ?? []) {
    const visible = bindFromItem(item, analysis, level);
    added.push(...visible);
    level.visible = [...level.visible, ...visible.map((each) => ({ ...each, isLateralOnly: true }))];
  }
  level.visible = [...before, ...added];
}

function bindFromItem(item: Node, analysis: Analysis, level: Level): readonly Visible[] {
  if ('RangeVar' in item) return [seen(bindRangeVar(item.RangeVar, analysis, level))];
  if ('RangeSubselect' in item) return [bindSubselect(item.RangeSubselect, analysis, level)];
  if ('RangeFunction' in item)
    return [seen(lateral(level, true, () => bindRangeFunction(item.RangeFunction, analysis, level)))];
  if ('JoinExpr' in item) return bindJoin(item.JoinExpr, analysis, level, bindFromItem);
  if ('RangeTableSample' in item) return bindSample(item.RangeTableSample, analysis, level);
  if ('RangeTableFunc' in item)
    return [seen(lateral(level, true, () => bindXmlTable(item.RangeTableFunc, analysis, level)))];
  lateral(level, true, () => analysis.expression(item, level));
  const alias = 'JsonTable' in item ? item.JsonTable.alias?.aliasname : undefined;
  return [seen(level.add({ name: alias, columns: [], columnsKnown: false }))];
}

function lateral<T>(level: Level, isActive: boolean, bind: () => T): T {
  const before = level.isLateralActive;
  level.isLateralActive = isActive;
  try {
    return bind();
  } finally {
    level.isLateralActive = before;
  }
}

/** A relation, or the WITH query that hides it, as an entry of this level. */
export function bindRangeVar(range: RangeVar, analysis: Analysis, level: Level): Source {
  const { schemaname: schema, relname: name = '', alias } = range;
  const cte = schema === undefined ? level.cte(name) : undefined;
  if (cte) {
    analysis.results.mean(range, { kind: 'source', isCte: true });
    return level.add(aliased({ name, columns: cte.columns, columnsKnown: cte.columnsKnown }, alias));
  }
  const relation = bindRelation(range, analysis);
  if (!relation) return level.add(aliased({ name, columns: [], columnsKnown: false }, alias));
  return level.add(aliased(relationEntry(relation, alias?.aliasname), alias));
}

/** Looks a relation up (never a WITH query), as the target of a data-modifying statement is. */
export function bindRelation(range: RangeVar, { names, results }: Analysis) {
  const { schemaname: schema, relname: name = '' } = range;
  const relation = names.relation(schema, name);
  results.mean(range, { kind: 'source', relation: relation?.id, isCte: false });
  if (relation) results.refer(range, 'relation', relation.id);
  else results.unresolved.push({ kind: 'relation', schema, name, node: range, reason: 'unknown' });
  return relation;
}

function bindSubselect(range: RangeSubselect, analysis: Analysis, level: Level): Visible {
  const { subquery } = range;
  const result = lateral(level, range.lateral === true, () =>
    subquery ? analysis.query(subquery, level) : { columns: [], columnsKnown: false },
  );
  return seen(level.add(aliased(result, range.alias)));
}

function bindSample(range: RangeTableSample, analysis: Analysis, level: Level): readonly Visible[] {
  const visible = range.relation ? bindFromItem(range.relation, analysis, level) : [];
  for (const argument of [...(range.args ?? []), range.repeatable]) analysis.expression(argument, level);
  return visible;
}

/** XMLTABLE: its column list is complete. */
function bindXmlTable(range: RangeTableFunc, analysis: Analysis, level: Level): Source {
  analysis.expression(range.docexpr, level);
  analysis.expression(range.rowexpr, level);
  const columns = (range.columns ?? []).flatMap((node): BoundSourceColumn[] => {
    if (!('RangeTableFuncCol' in node)) return [];
    const { colname = '', typeName, colexpr, coldefexpr } = node.RangeTableFuncCol;
    analysis.expression(colexpr, level);
    analysis.expression(coldefexpr, level);
    return [{ name: colname, type: typeName ? bindTypeName(typeName, analysis) : builtin('int4') }];
  });
  return level.add(aliased({ columns, columnsKnown: true }, range.alias));
}
