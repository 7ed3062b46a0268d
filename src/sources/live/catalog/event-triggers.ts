import type { CatalogPart } from './catalog-part.ts';
import { enabledState } from './enabled-state.ts';

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly event: string;
  readonly tags: readonly string[] | null;
  readonly function: string;
  readonly enabled: string;
  readonly owner: string;
}

export const eventTriggers: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_event_trigger', oid: row.oid },
        {
          kind: 'eventTrigger',
          name: row.name,
          event: row.event,
          tags: row.tags ?? [],
          function: catalog.findOrNull('pg_proc', row.function),
          enabled: enabledState(row.enabled),
          owner: catalog.role(row.owner),
        },
      );
    }
  },
};
