import { dropPlan } from '../../graph/drop-plan.ts';
import type { SchemaBuilder } from '../../graph/schema-builder.ts';

/** The schema of this session's temporary objects: pg_temp_3 or so in Postgres, pg_temp for everyone who names it. */
export const TEMPORARY_SCHEMA = 'pg_temp';

/** The end of a session: its temporary objects go, and no statement is to blame. */
export function dropTemporary(builder: SchemaBuilder): void {
  const { graph } = builder;
  const roots = [...graph.ofKind('table'), ...graph.ofKind('view'), ...graph.ofKind('sequence')].filter(
    (each) => each.name.schema === TEMPORARY_SCHEMA,
  );
  if (roots.length === 0) return;
  for (const each of dropPlan(graph, roots, true).drop) builder.drop(each, 'platform');
}
