import type { Node, WindowDef } from '@pgsql/types';
import type { Analysis } from './analysis.ts';
import type { Level } from './level.ts';

/** OVER (…) or an entry of WINDOW. */
export function bindWindow(window: WindowDef, analysis: Analysis, level: Level): void {
  const ordered = (window.orderClause ?? []).map((node: Node) => ('SortBy' in node ? node.SortBy.node : node));
  for (const node of [...(window.partitionClause ?? []), ...ordered, window.startOffset, window.endOffset]) {
    analysis.expression(node, level);
  }
}
