import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type RewriteRule = EntityOf<'rewriteRule'>;
type Change = 'update' | 'delete';

/** A rule that puts something else in the place of each UPDATE or DELETE of a table, and the keys of the table whose actions are one. */
export interface RewrittenActions {
  readonly rule: RewriteRule;
  readonly action: Change;
  readonly keys: readonly ForeignKey[];
}

/**
 * The actions of foreign keys that a rule takes away. What a key does to the rows that refer to a deleted one is a statement as any other, which the rule
 * rewrites, and where nothing of its kind is left the key raises an error, whether there is such a row or not (ri_PerformCheck() in ri_triggers.c). Not by a
 * rule with a condition, beside which the statement itself stays, nor where the row referred to cannot be deleted either.
 */
export function rewrittenActions(graph: SchemaGraph, table: EntityOf<'table'>): readonly RewrittenActions[] {
  return graph.ownedBy(table.id, 'rewriteRule').flatMap((rule): readonly RewrittenActions[] => {
    const { event } = rule;
    if ((event !== 'update' && event !== 'delete') || !replacesAll(rule, event)) return [];
    const keys = graph
      .ownedBy(table.id, 'foreignKey')
      .filter((each) => each.isEnforced && each.parent === null && actionOf(each) === event)
      .filter((each) => !graph.isDoubtful(each, ['constraints']) && isDeletable(graph, each));
    return keys.length === 0 ? [] : [{ rule, action: event, keys }];
  });
}

/** Does a rule take the place of each statement of its kind, and leave none of them? */
function replacesAll({ isInstead, condition, actions }: RewriteRule, event: Change): boolean {
  const kind = event === 'update' ? 'UpdateStmt' : 'DeleteStmt';
  return isInstead && condition === null && actions.every(({ tree }) => !(kind in tree));
}

function actionOf({ onDelete }: ForeignKey): Change | undefined {
  if (onDelete === 'cascade') return 'delete';
  return onDelete === 'set null' || onDelete === 'set default' ? 'update' : undefined;
}

function isDeletable(graph: SchemaGraph, { referencedTable }: ForeignKey): boolean {
  const parent = graph.get('table', referencedTable);
  const isReplaced = graph
    .ownedBy(parent.id, 'rewriteRule')
    .some(({ event, isInstead }) => event === 'delete' && isInstead);
  return !isReplaced && !surelyRefused(graph, parent.id).has('delete');
}
