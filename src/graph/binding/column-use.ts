import type { Results } from './analysis.ts';
import type { SourceColumn } from './level.ts';

/** Records the entities a column stands for: itself, and for a column of a join both sides'. */
export function recordColumn(
  node: object,
  column: SourceColumn,
  level: number,
  results: Results,
  use: { readonly field?: number; readonly isQualified: boolean; readonly isStar?: boolean },
): void {
  const { source, relation } = column;
  if (source.isDirect) {
    const field = use.isStar || column.isRenamed ? -1 : (use.field ?? 0);
    const qualifier = use.isQualified && source.relation && field > 0 ? field - 1 : undefined;
    results.refer(node, 'column', column.column, { relation, field, qualifier, level, isOuter: source.isOuter });
  }
  for (const each of column.also ?? []) {
    recordColumn(node, each, level, results, {
      ...use,
      isQualified: false,
      isStar: use.isStar || each.name !== column.name,
    });
  }
}
