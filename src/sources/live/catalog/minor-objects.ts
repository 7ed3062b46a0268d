import type { MinorObject } from '../../../graph/entities/minor-object.ts';
import type { CatalogClass } from './catalog-address.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly class: CatalogClass;
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

const OBJECTS: ReadonlyMap<CatalogClass, MinorObject['object']> = new Map([
  ['pg_collation', 'collation'],
  ['pg_conversion', 'conversion'],
  ['pg_ts_config', 'textSearchConfiguration'],
  ['pg_ts_dict', 'textSearchDictionary'],
  ['pg_ts_parser', 'textSearchParser'],
  ['pg_ts_template', 'textSearchTemplate'],
  ['pg_opfamily', 'operatorFamily'],
  ['pg_am', 'accessMethod'],
  ['pg_language', 'language'],
  ['pg_subscription', 'subscription'],
]);

export const minorObjects: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const object = OBJECTS.get(row.class);
      if (object === undefined) continue;
      catalog.create(
        { class: row.class, oid: row.oid },
        { kind: 'minorObject', object, name: { schema: row.schema, name: row.name } },
      );
    }
  },
};
