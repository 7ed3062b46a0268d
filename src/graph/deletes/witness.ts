import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { TABLE_NAMES } from '../lexicon/table-names.ts';
import { isAuditTable } from '../lexicon/table-roles.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { remarkAbove } from '../remark-above.ts';
import { remarkBeside } from '../remark-beside.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';

type Table = EntityOf<'table'>;

/**
 * A table that tells of what is gone, so that its ids outlive the rows they name: an audit table by its own name or its schema's, or one whose rows
 * can neither be changed nor deleted, which no action of a key could touch.
 */
export function isWitness(graph: SchemaGraph, table: Table): boolean {
  if (isAuditTable(graph, table) || isNamed(table.name.schema, TABLE_NAMES.audit)) return true;
  const refused = surelyRefused(graph, table.id);
  return refused.has('update') && refused.has('delete');
}

/**
 * Does each row go with one of a backup, an archive or a snapshot, as what was put into it? It is kept for the day when what it was copied from is gone:
 * a foreign key to that would take it out of the copy, or keep the original from going.
 */
export function isContentsOfCopy(graph: SchemaGraph, table: Table): boolean {
  return graph.ownedBy(table.id, 'foreignKey').some(({ onDelete, columns, referencedTable }) => {
    const isOfRow = onDelete === 'cascade' && columns.every((id) => graph.get('column', id).notNull);
    return isOfRow && isNamed(graph.get('table', referencedTable).name.name, COPIES);
  });
}

const COPIES: NamePatterns = ['*_backup', '*_archive', '*_snapshot'];

/** Does a trigger of the parent add rows to the table when a row of its own is deleted? They would refer to nothing. */
export function isWrittenOnDelete(graph: SchemaGraph, table: Table, parent: EntityId): boolean {
  return graph.ownedBy(parent, 'trigger').some((trigger) => {
    if (!firesInOrigin(trigger) || !trigger.events.includes('delete')) return false;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function') return false;
    return routineShape(graph, called).writes.some(
      ({ write }) => write.kind === 'insert' && write.relation === table.id,
    );
  });
}

/** Does a comment say that the column is on purpose no foreign key: COMMENT ON COLUMN, behind it, or on the lines above it? */
export function isSaidToBeFree(column: EntityOf<'column'>, texts: ReadonlyMap<string, string>): boolean {
  const remarks = [column.comment ?? '', remarkBeside(column, texts)?.text ?? '', remarkAbove(column, texts)];
  return remarks.some(
    (each) => OPENING.test(each) || WITHOUT_CLAUSE.test(each) || (FREE.test(each) && MEANT.test(each)),
  );
}

/** Does a comment on the table, or on the lines above it, say so of this column, or of its ids as a whole? */
export function isSaidOfTable(
  graph: SchemaGraph,
  table: Table,
  column: EntityOf<'column'>,
  texts: ReadonlyMap<string, string>,
): boolean {
  const names = graph.columns(table.id).map(({ name }) => name);
  const sentences = `${table.comment ?? ''}. ${remarkAbove({ origin: table.origin }, texts)}`.split(/[.;]\s/);
  return sentences.some((each) => {
    if (!FREE.test(each)) return false;
    const words = new Set(each.split(/\W+/));
    if (words.has(column.name)) return OPENING.test(each) || MEANT.test(each);
    return MEANT.test(each) && !names.some((name) => words.has(name));
  });
}

const FREE = /\b(?:no|not|without|never)\s+(?:(?:a|an|any|real|hard)\s+)?(?:foreign[\s-]keys?|fks?)\b/i;
/** As a sentence begins: "No FK: …", "…, without a foreign key". "has no foreign key" may be a complaint. */
const OPENING = new RegExp(`(?:^|[.;:,(])\\s*${FREE.source}`, 'i');
/** "No REFERENCES documents (id): …", in capitals or as code: the clause, and not a word. */
const WITHOUT_CLAUSE = /(?:^|[.;:,(])\s*[Nn]o\s+(?:`?REFERENCES\b|`references\b)/;
const MEANT = /\b(?:deliberate|intentional|purpose|design|because|opaque|outlive|surviv)/i;
