import { dependenciesOf, type Entity } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

export interface DropPlan {
  /** What goes, dependents before what they depend on; the roots come last. */
  readonly drop: readonly Entity[];
  /** Facts that go while their entity stays: the default of a column, a publication's table. */
  readonly loseParts: readonly { readonly entity: Entity; readonly part: string; readonly on: EntityId }[];
  /** What keeps a DROP … RESTRICT from running: they depend normally on something that would go. Empty with `cascade`. */
  readonly blockedBy: readonly Entity[];
}

/** What a DROP of `roots` takes along, after findDependentObjects() of Postgres (docs 5.15). */
export function dropPlan(graph: SchemaGraph, roots: readonly Entity[], cascade: boolean): DropPlan {
  const going = new Map<EntityId, Entity>(roots.map((root) => [root.id, root]));
  const order: Entity[] = [...roots];
  const blocked = new Map<EntityId, Entity>();
  const parts: { entity: Entity; part: string; on: EntityId }[] = [];
  const pendingNormal: { dependent: Entity; on: EntityId; part?: string }[] = [];
  const follow = (from: number): number => {
    let i = from;
    for (; i < order.length; i++) {
      const target = order[i];
      if (target === undefined) break;
      for (const dependent of graph.dependents(target.id)) {
        if (going.has(dependent.id)) continue;
        const links = dependenciesOf(dependent).filter((each) => each.on === target.id);
        const auto = links.find((each) => each.strength === 'auto' && each.part === undefined);
        if (auto) {
          going.set(dependent.id, dependent);
          order.push(dependent);
          continue;
        }
        for (const link of links) {
          if (link.part !== undefined && link.strength === 'auto')
            parts.push({ entity: dependent, part: link.part, on: target.id });
          else
            pendingNormal.push({ dependent, on: target.id, ...(link.part === undefined ? {} : { part: link.part }) });
        }
      }
    }
    return i;
  };
  // What goes automatically first: a normal dependent may be going anyway (a key between two dropped tables).
  let done = follow(0);
  while (pendingNormal.length > 0) {
    const next = pendingNormal.shift();
    if (next === undefined || going.has(next.dependent.id)) continue;
    if (next.part !== undefined && cascade) parts.push({ entity: next.dependent, part: next.part, on: next.on });
    else if (cascade) {
      going.set(next.dependent.id, next.dependent);
      order.push(next.dependent);
      done = follow(done);
    } else blocked.set(next.dependent.id, next.dependent);
  }
  return {
    drop: order.reverse(),
    loseParts: parts.filter((each) => !going.has(each.entity.id)),
    blockedBy: [...blocked.values()].filter((each) => !going.has(each.id)),
  };
}
