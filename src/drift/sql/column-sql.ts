import type { EntityOf } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { display, quoteIdentifier } from '../../sql/name.ts';
import { NotWritable, written } from './expression-sql.ts';

type Column = EntityOf<'column'>;

/**
 * `name type default … not null`, as CREATE TABLE and ADD COLUMN take it.
 * @param present the schema it is added to, where a sequence may have stayed that the column counted by
 * @throws NotWritable
 */
export function columnDefinition(column: Column, graph: SchemaGraph, present: SchemaGraph): string {
  if (column.type === null || column.type.isUnresolved) throw new NotWritable();
  const serial = serialType(column, graph, present);
  const parts = [quoteIdentifier(column.name), serial ?? graph.typeName(column.type)];
  if (column.collation) parts.push(`collate ${display(column.collation)}`);
  if (column.generated) {
    parts.push(`generated always as (${written(column.generated.expression, graph)})`);
    parts.push(column.generated.stored ? 'stored' : 'virtual');
  }
  if (column.identity) parts.push(`generated ${column.identity === 'always' ? 'always' : 'by default'} as identity`);
  if (column.default && serial === undefined) parts.push(`default ${written(column.default, graph)}`);
  if (column.notNull && !column.identity) parts.push('not null');
  return parts.join(' ');
}

const SERIALS: Readonly<Record<string, string>> = { int2: 'smallserial', int4: 'serial', int8: 'bigserial' };

/** In bytes: what is longer is shortened by rules of its own. */
const LONGEST_NAME = 63;

/** Of a column whose default counts a sequence of its own, which is made with it. @throws NotWritable for one of another name */
function serialType(column: Column, graph: SchemaGraph, present: SchemaGraph): string | undefined {
  if (column.default === null || column.type?.name.schema !== 'pg_catalog') return undefined;
  const [sequence] = graph.dependentsOfKind(column.id, 'sequence').filter(({ ownedBy }) => ownedBy === column.id);
  const isCounted = column.default.references.some(({ target }) => target === sequence?.id);
  if (sequence === undefined || !isCounted || present.relation(sequence.name) !== undefined) return undefined;
  const relation = graph.find(column.relation);
  const made = relation?.kind === 'table' ? `${relation.name.name}_${column.name}_seq` : '';
  if (Buffer.byteLength(made) > LONGEST_NAME || sequence.name.name !== made) throw new NotWritable();
  return SERIALS[column.type.name.name];
}

/** @throws NotWritable for a column that the rows there are could not have */
export function addColumn(column: Column, graph: SchemaGraph, present: SchemaGraph): readonly string[] {
  const relation = graph.find(column.relation);
  if (relation?.kind !== 'table' || column.isInherited) throw new NotWritable();
  const fillsItself = column.default !== null || column.identity !== null || column.generated !== null;
  if (column.notNull && !fillsItself) throw new NotWritable();
  return [`alter table ${graph.path(relation)} add column ${columnDefinition(column, graph, present)};`];
}

/** Of one fact; undefined where there is no statement for it that keeps every row as it is. @throws NotWritable */
export function changeColumn(fact: string, wanted: Column, graph: SchemaGraph): readonly string[] | undefined {
  const relation = graph.find(wanted.relation);
  if (relation?.kind !== 'table' && relation?.kind !== 'foreignTable') return undefined;
  const alter = `alter table ${graph.path(relation)} alter column ${quoteIdentifier(wanted.name)}`;
  switch (fact) {
    case 'default':
      if (wanted.identity !== null || wanted.generated !== null) return undefined;
      return [`${alter} ${wanted.default ? `set default ${written(wanted.default, graph)}` : 'drop default'};`];
    case 'notNull':
      return [`${alter} ${wanted.notNull ? 'set' : 'drop'} not null;`];
    case 'notNullName':
      // Goes with the constraint, which another fact is about.
      return [];
    default:
      return undefined;
  }
}
