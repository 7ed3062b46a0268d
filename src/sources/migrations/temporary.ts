import { dropPlan } from '../../graph/drop-plan.ts';
import type { EntityKind } from '../../graph/entities/index.ts';
import type { Mark, SchemaBuilder } from '../../graph/schema-builder.ts';

/** The schema of this session's temporary objects: pg_temp_3 or so in Postgres, pg_temp for everyone who names it. */
export const TEMPORARY_SCHEMA = 'pg_temp';

const KINDS: ReadonlySet<EntityKind> = new Set(['table', 'view', 'sequence']);

/** The end of a session: the temporary objects made since its beginning go, and no statement is to blame. */
export function dropTemporary(builder: SchemaBuilder, begun: Mark): void {
  const { graph } = builder;
  const roots = builder.since(begun).flatMap((change) => {
    if (change.type !== 'created' || !KINDS.has(change.after.kind)) return [];
    const living = graph.find(change.after.id);
    const isRoot = living?.kind === 'table' || living?.kind === 'view' || living?.kind === 'sequence';
    return isRoot && living.name.schema === TEMPORARY_SCHEMA ? [living] : [];
  });
  if (roots.length === 0) return;
  for (const each of dropPlan(graph, roots, true).drop) builder.drop(each, 'platform');
}
