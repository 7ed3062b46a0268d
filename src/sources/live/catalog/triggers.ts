import type { CreateTrigStmt } from '@pgsql/types';
import type { Trigger, TriggerEvent } from '../../../graph/entities/trigger.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { enabledState } from './enabled-state.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  /** tgtype, a bit set (src/include/catalog/pg_trigger.h). */
  readonly type: number;
  readonly function: string;
  readonly columns: readonly string[];
  readonly enabled: string;
  readonly is_constraint: boolean;
  readonly is_deferrable: boolean;
  readonly is_deferred: boolean;
  readonly old_table: string | null;
  readonly new_table: string | null;
  /** Only where there is a WHEN or arguments: pg_get_expr refuses a condition on two rows, so the whole is parsed. */
  readonly definition: string | null;
}

const ROW = 1;
const BEFORE = 2;
const INSTEAD = 64;
const EVENTS: readonly (readonly [number, TriggerEvent])[] = [
  [4, 'insert'],
  [16, 'update'],
  [8, 'delete'],
  [32, 'truncate'],
];

/** The copies that partitions get of their parent's triggers are no entities: they come and go with those. */
export const triggers: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const relation = catalog.relation(row.relation);
      if (relation === undefined) continue;
      const definition = row.definition === null ? null : parseTrigger(row.definition, catalog);
      catalog.create(
        { class: 'pg_trigger', oid: row.oid },
        {
          kind: 'trigger',
          relation: relation.id,
          name: row.name,
          timing: timing(row.type),
          events: EVENTS.filter(([bit]) => (row.type & bit) !== 0).map(([, event]) => event),
          updateColumns: catalog.columns(row.relation, row.columns),
          level: (row.type & ROW) !== 0 ? 'row' : 'statement',
          function: catalog.findOrNull('pg_proc', row.function),
          when: definition?.whenClause
            ? catalog.bound(definition.whenClause, row.definition ?? '', catalog.newAndOld(relation))
            : null,
          arguments: (definition?.args ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : [])),
          enabled: enabledState(row.enabled),
          isConstraint: row.is_constraint,
          isDeferrable: row.is_deferrable,
          isInitiallyDeferred: row.is_deferred,
          oldTable: row.old_table,
          newTable: row.new_table,
        },
      );
    }
  },
};

function timing(type: number): Trigger['timing'] {
  if ((type & INSTEAD) !== 0) return 'insteadOf';
  return (type & BEFORE) !== 0 ? 'before' : 'after';
}

function parseTrigger(definition: string, catalog: Catalog): CreateTrigStmt | null {
  const node = catalog.parse('', definition);
  return 'CreateTrigStmt' in node ? node.CreateTrigStmt : null;
}
