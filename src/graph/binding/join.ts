import type { JoinExpr, Node } from '@pgsql/types';
import type { Analysis } from './analysis.ts';
import { bindCondition } from './condition.ts';
import { aliased } from './from-alias.ts';
import {
  type BoundSourceColumn,
  bareColumns,
  type Level,
  type Source,
  type SourceColumn,
  seen,
  type Visible,
} from './level.ts';
import { commonType } from './type-system.ts';

type BindItem = (item: Node, analysis: Analysis, level: Level) => readonly Visible[];

/** transformFromClauseItem() for a join: both sides, USING or NATURAL, ON, and an alias that hides the sides. */
export function bindJoin(join: JoinExpr, analysis: Analysis, level: Level, bindItem: BindItem): readonly Visible[] {
  const before = level.visible;
  const left = join.larg ? bindItem(join.larg, analysis, level) : [];
  level.visible = [...before, ...left.map((each) => ({ ...each, isLateralOnly: true }))];
  const right = join.rarg ? bindItem(join.rarg, analysis, level) : [];
  level.visible = before;
  const merged = mergedColumns(join, left, right, analysis);
  if (merged.length > 0) {
    analysis.results.mean(join, { kind: 'join', using: merged.map((column) => column.name) });
  }
  const sides = merged.length > 0 ? withMerged(merged, left, right, join, level) : [...left, ...right];
  if (join.quals) {
    level.visible = sides;
    bindCondition(join.quals, 'JOIN/ON', analysis, level);
    level.visible = before;
  }
  if (!join.alias) return sides;
  const columns = sides.flatMap(bareColumns).map(({ source, ...column }): BoundSourceColumn => {
    return { ...column, also: [{ ...column, source }], isRenamed: true };
  });
  const entry = { columns, columnsKnown: sides.every((each) => each.bareKnown) };
  return [seen(level.add(aliased(entry, join.alias)))];
}

/** The columns that USING or NATURAL makes one of, each recorded as used on both sides. */
function mergedColumns(
  join: JoinExpr,
  left: readonly Visible[],
  right: readonly Visible[],
  analysis: Analysis,
): readonly SourceColumn[] {
  const merged: SourceColumn[] = [];
  for (const { name, node } of join.isNatural ? commonNames(join, left, right) : usingNames(join)) {
    const sides = [left, right].map((side) => columnNamed(name, side, node, analysis));
    const [first, second] = join.jointype === 'JOIN_RIGHT' ? sides.toReversed() : sides;
    const kept = first ?? second;
    if (!kept) continue;
    const type = commonType([first?.type, second?.type], analysis.names);
    merged.push({
      ...kept,
      type: join.jointype === 'JOIN_FULL' ? type : kept.type,
      also: first && second ? [second] : [],
    });
  }
  return merged;
}

interface UsingName {
  readonly name: string;
  readonly node: object;
}

function usingNames(join: JoinExpr): readonly UsingName[] {
  return (join.usingClause ?? []).flatMap((node) =>
    'String' in node ? [{ name: node.String.sval ?? '', node: node.String }] : [],
  );
}

function commonNames(join: JoinExpr, left: readonly Visible[], right: readonly Visible[]): readonly UsingName[] {
  const names = new Set(right.flatMap((each) => bareColumns(each).map((column) => column.name)));
  const shared = new Set(
    left.flatMap((each) => bareColumns(each).map((column) => column.name)).filter((name) => names.has(name)),
  );
  return [...shared].map((name) => ({ name, node: join }));
}

function columnNamed(
  name: string,
  side: readonly Visible[],
  node: object,
  { results }: Analysis,
): SourceColumn | undefined {
  const found = side.flatMap(bareColumns).find((column) => column.name === name);
  if (!found) {
    const isKnown = side.every((each) => each.bareKnown);
    results.unresolved.push({ kind: 'column', name, node, reason: isKnown ? 'unknown' : 'undetermined' });
    return undefined;
  }
  for (const each of [found, ...(found.also ?? [])]) {
    if (!each.source.isDirect) continue;
    results.refer(node, 'column', each.column, { relation: each.relation, field: each.isRenamed ? -1 : 0 });
  }
  return found;
}

/** What is visible behind USING: the merged columns first, the sides without them, and USING's own alias. */
function withMerged(
  merged: readonly SourceColumn[],
  left: readonly Visible[],
  right: readonly Visible[],
  join: JoinExpr,
  level: Level,
): readonly Visible[] {
  const names = new Set(merged.map((column) => column.name));
  const rest = [...left, ...right].map((each) => ({
    ...each,
    bare: bareColumns(each).filter((column) => !names.has(column.name)),
  }));
  const entry = level.add({ name: join.join_using_alias?.aliasname, columns: [], columnsKnown: true });
  const source: Source = { ...entry, columns: merged, entry: { ...entry.entry, columns: merged } };
  const byName = source.name !== undefined;
  return [{ source, byName, bare: merged, bareKnown: true, isLateralOnly: false }, ...rest];
}
