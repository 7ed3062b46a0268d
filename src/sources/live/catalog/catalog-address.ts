import type { EntityId } from '../../../graph/entity-id.ts';
import { innerMap } from '../../../graph/name-index.ts';

/** The system catalogs whose rows become entities, as pg_depend and pg_description name them. */
export type CatalogClass =
  | 'pg_am'
  | 'pg_authid'
  | 'pg_cast'
  | 'pg_class'
  | 'pg_collation'
  | 'pg_constraint'
  | 'pg_conversion'
  | 'pg_default_acl'
  | 'pg_event_trigger'
  | 'pg_extension'
  | 'pg_foreign_data_wrapper'
  | 'pg_foreign_server'
  | 'pg_language'
  | 'pg_namespace'
  | 'pg_opclass'
  | 'pg_operator'
  | 'pg_opfamily'
  | 'pg_policy'
  | 'pg_proc'
  | 'pg_publication'
  | 'pg_rewrite'
  | 'pg_statistic_ext'
  | 'pg_subscription'
  | 'pg_trigger'
  | 'pg_ts_config'
  | 'pg_ts_dict'
  | 'pg_ts_parser'
  | 'pg_ts_template'
  | 'pg_type';

/** A row of a system catalog; columns are parts of their relation (pg_attribute has no oid). */
export interface CatalogAddress {
  readonly class: CatalogClass;
  readonly oid: string;
  /** attnum of a column. */
  readonly part?: number;
}

export function keyOf({ class: catalogClass, oid, part = 0 }: CatalogAddress): string {
  return `${catalogClass}\0${oid}\0${part}`;
}

/** The entities by the rows they were read from. */
export class EntitiesByAddress {
  /** By catalog and oid. */
  readonly #ids = new Map<CatalogClass, Map<string, EntityId>>();
  /** By the relation's oid and attnum. */
  readonly #columns = new Map<string, EntityId[]>();

  set({ class: catalogClass, oid, part }: CatalogAddress, id: EntityId): void {
    if (part === undefined) {
      innerMap(this.#ids, catalogClass).set(oid, id);
      return;
    }
    const columns = this.#columns.get(oid) ?? [];
    this.#columns.set(oid, columns);
    columns[part] = id;
  }

  find(catalogClass: CatalogClass, oid: string): EntityId | undefined {
    return this.#ids.get(catalogClass)?.get(oid);
  }

  /** A column by attnum; undefined for a system column. */
  column(relationOid: string, number: number): EntityId | undefined {
    return this.#columns.get(relationOid)?.[number];
  }
}
