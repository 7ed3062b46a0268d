import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type View = EntityOf<'view' | 'materializedView'>;

/** A table that a view reads, and with whose rights. */
export interface OwnerRead {
  readonly table: EntityOf<'table'>;
  readonly owner: EntityId;
  /** The views on the way, the asked one first. */
  readonly through: readonly View[];
}

/**
 * The tables that a view reads with an owner's rights and not with those of who asks: none for a security_invoker view. Inside
 * another view such a view is still read as the caller (docs, 39.5), but a materialized view is filled as its owner, whatever
 * stands below it. Each table and owner once, by the shortest way.
 */
export function ownerReads(graph: SchemaGraph, view: View): readonly OwnerRead[] {
  const reads = new Map<string, OwnerRead>();
  const open: { readonly view: View; readonly as: EntityId | undefined; readonly through: readonly View[] }[] = [
    { view, as: undefined, through: [] },
  ];
  const seen = new Set<string>();
  for (let step = open.shift(); step !== undefined; step = open.shift()) {
    const { view: each, as } = step;
    const owner = each.kind === 'view' && each.securityInvoker ? as : each.owner;
    const key = `${each.id} ${owner}`;
    if (owner === undefined || seen.has(key)) continue;
    seen.add(key);
    const through = [...step.through, each];
    const isFilling = as !== undefined || each.kind === 'materializedView';
    for (const id of relationsIn(each.query)) {
      const relation = graph.find(id);
      const known = `${id} ${owner}`;
      if (relation?.kind === 'table') {
        if (!reads.has(known)) reads.set(known, { table: relation, owner, through });
      } else if (relation?.kind === 'view' || relation?.kind === 'materializedView')
        open.push({ view: relation, as: isFilling ? owner : undefined, through });
    }
  }
  return [...reads.values()];
}

function relationsIn({ references }: BoundExpression): readonly EntityId[] {
  return [...new Set(references.filter((each) => each.kind === 'relation').map((each) => each.target))];
}
