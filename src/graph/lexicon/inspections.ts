import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { TRAIL_COLUMNS } from './trail-columns.ts';

/** An audit that people carry out: of a site, of quality. */
const INSPECTIONS: NamePatterns = ['*_audit_*', '*_inspection_*', '*_checklist_*'];

/** A part of an audit, and not what was logged of something. */
const PARTS: NamePatterns = [
  ...['*_audit_*', '!*_audit', '!*_log_*', '!*_trail_*', '!*_event_*', '!*_entry_*', '!*_record_*', '!*_history_*'],
  ...['!*_change_*', '!*_activity_*', '!*_action_*', '!*_stream_*', '!*_journal_*', '!*_snapshot_*', '!*_version_*'],
];

/**
 * Is it a part of an audit that people carry out (`audit_answers`, `audit_items`), by its name, and it either belongs to such an audit or says neither who
 * did something nor what was done? What was found there is content, which its authors mend.
 */
export function isOfInspection(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  if (!isNamed(table.name.name, PARTS)) return false;
  const belongs = graph.ownedBy(table.id, 'foreignKey').some(({ referencedTable }) => {
    const parent = graph.find(referencedTable);
    return parent?.kind === 'table' && isNamed(parent.name.name, INSPECTIONS);
  });
  return belongs || !graph.columns(table.id).some(({ name }) => isNamed(name, TRAIL_COLUMNS));
}
