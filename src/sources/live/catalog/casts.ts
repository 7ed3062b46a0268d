import type { Cast } from '../../../graph/entities/operator.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly source: string;
  readonly target: string;
  readonly function: string | null;
  readonly context: string;
}

const CONTEXTS: ReadonlyMap<string, Cast['context']> = new Map([
  ['i', 'implicit'],
  ['a', 'assignment'],
  ['e', 'explicit'],
]);

export const casts: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_cast', oid: row.oid },
        {
          kind: 'cast',
          source: catalog.type(row.source),
          target: catalog.type(row.target),
          function: catalog.findOrNull('pg_proc', row.function),
          context: CONTEXTS.get(row.context) ?? 'explicit',
        },
      );
    }
  },
};
