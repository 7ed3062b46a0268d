import { dropPlan } from '../../graph/drop-plan.ts';
import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import type { Mark, SchemaBuilder } from '../../graph/schema-builder.ts';

/** The schema of this session's temporary objects: pg_temp_3 or so in Postgres, pg_temp for everyone who names it. */
export const TEMPORARY_SCHEMA = 'pg_temp';

type Temporary = EntityOf<(typeof KINDS)[number]>;

const KINDS = ['table', 'view', 'sequence', 'function', 'enumType', 'domain', 'compositeType', 'rangeType'] as const;

/** The end of a session: the temporary objects made since its beginning go, and no statement is to blame. */
export function dropTemporary(builder: SchemaBuilder, begun: Mark): void {
  const { graph } = builder;
  const roots = builder.since(begun).flatMap((change) => {
    const living = change.type === 'created' ? graph.find(change.after.id) : undefined;
    return living !== undefined && isTemporary(living) ? [living] : [];
  });
  if (roots.length === 0) return;
  for (const each of dropPlan(graph, roots, true).drop) builder.drop(each, 'platform');
}

function isTemporary(entity: Entity): entity is Temporary {
  return KINDS.some((kind) => kind === entity.kind) && (entity as Temporary).name.schema === TEMPORARY_SCHEMA;
}
