import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import { decidingClause } from '../policies/policy-clauses.ts';
import { columnMeaning, constantText } from '../query-shapes/operand.ts';
import { NULL, type SetColumn } from '../query-shapes/query.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does the policy show none of the rows that have something in the column, as far as the schema's functions tell: each INSERT that gives it a value
 * writes a constant beside it (kind 'digital') that the policy leaves out (kind = 'printed')? False where nothing there gives it one.
 */
export function leavesOutRowsWith(graph: SchemaGraph, policy: EntityOf<'policy'>, column: EntityOf<'column'>): boolean {
  const clause = decidingClause(policy, 'select');
  if (clause === null || column.default !== null) return false;
  const gives = ({ column: set, constant }: SetColumn) => set === column.id && constant !== NULL;
  const giving = writesTo(graph, column.relation).filter(({ write }) =>
    [...write.sets, ...(write.onConflict?.sets ?? [])].some(gives),
  );
  const isLeftOut = (sets: readonly SetColumn[]) => {
    const outcome = foldBoolean(clause.tree, (node) => {
      // 'printed'::card_kind, as the catalog has it.
      if ('TypeCast' in node) return constantText(node) ?? undefined;
      const named = columnMeaning(node, clause)?.column;
      const constant = sets.find((each) => named !== undefined && each.column === named)?.constant;
      return typeof constant === 'string' ? constant : undefined;
    });
    return outcome === false || outcome === null;
  };
  return (
    giving.length > 0 &&
    giving.every(
      ({ write }) => write.kind === 'insert' && write.onConflict?.sets.some(gives) !== true && isLeftOut(write.sets),
    )
  );
}
