import type { Sequence } from '../../../graph/entities/sequence.ts';
import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly persistence: string;
  readonly data_type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycles: boolean;
  readonly owned_by_relation: string | null;
  readonly owned_by_column: number | null;
  readonly is_identity: boolean;
  readonly acl: ExplodedAcl;
}

export const sequences: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_class', oid: row.oid },
        {
          kind: 'sequence',
          name: { schema: row.schema, name: row.name },
          dataType: row.data_type as Sequence['dataType'],
          start: row.start,
          increment: row.increment,
          minimum: row.minimum,
          maximum: row.maximum,
          cache: row.cache,
          cycles: row.cycles,
          ownedBy: catalog.column(row.owned_by_relation ?? '', row.owned_by_column ?? 0) ?? null,
          isIdentity: row.is_identity,
          persistence: row.persistence === 'u' ? 'unlogged' : 'permanent',
          owner: catalog.role(row.owner),
          acl: catalog.acl(row.acl),
        },
      );
    }
  },
};
