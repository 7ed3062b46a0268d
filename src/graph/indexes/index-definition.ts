import { display, type QualifiedName, quoteIdentifier } from '../../sql/name.ts';
import type { EntityOf } from '../entities/index.ts';
import type { IndexKey } from '../entities/index-entity.ts';
import { isRepeatable } from '../repeatable-text.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Index = EntityOf<'index'>;

/** Schemas whose names a migration finds without saying them. */
const FOUND: ReadonlySet<string> = new Set(['public', 'extensions', 'pg_catalog']);

/** What is to differ in the index that is made again. */
interface Changes {
  /** Without one Postgres chooses. */
  readonly name?: string;
  readonly withoutPredicate?: boolean;
  /** NULL counts as a value in it. */
  readonly nullsNotDistinct?: boolean;
}

/** The CREATE INDEX that makes the index again; undefined where the text of an expression in it may mean something else by now. */
export function indexDefinition(graph: SchemaGraph, index: Index, changes: Changes = {}): string | undefined {
  const relation = graph.find(index.relation);
  const predicate = changes.withoutPredicate === true ? null : index.predicate;
  if (relation?.kind !== 'table' && relation?.kind !== 'materializedView') return undefined;
  const expressions = [...index.keys.map((key) => key.expression), predicate];
  if (!expressions.every((each) => each === null || isRepeatable(graph, each))) return undefined;
  const keys = index.keys.map((key) => keyText(graph, key)).join(', ');
  const include = graph.columnNames(index.include).map(quoteIdentifier).join(', ');
  const options = index.options.map(({ name, value }) => `${name} = ${value}`).join(', ');
  return [
    `create${index.isUnique ? ' unique' : ''} index`,
    ...(changes.name === undefined ? [] : [quoteIdentifier(changes.name)]),
    `on ${display(relation.name)}`,
    ...(index.method === 'btree' ? [] : [`using ${index.method}`]),
    `(${keys})`,
    ...(include === '' ? [] : [`include (${include})`]),
    ...(index.nullsNotDistinct || changes.nullsNotDistinct === true ? ['nulls not distinct'] : []),
    ...(options === '' ? [] : [`with (${options})`]),
    ...(predicate === null ? [] : [`where ${predicate.text}`]),
  ].join(' ');
}

function keyText(graph: SchemaGraph, key: IndexKey): string {
  const { column, expression, opclass, opclassOptions, collation, descending, nullsFirst } = key;
  const value = column === null ? `(${expression?.text ?? ''})` : quoteIdentifier(graph.get('column', column).name);
  const options = opclassOptions.map((each) => `${each.name} = ${each.value}`).join(', ');
  return [
    value,
    ...(collation === null ? [] : [`collate ${spelled(collation)}`]),
    ...(opclass === null ? [] : [`${spelled(opclass)}${options === '' ? '' : ` (${options})`}`]),
    ...(descending ? ['desc'] : []),
    ...(nullsFirst === descending ? [] : [nullsFirst ? 'nulls first' : 'nulls last']),
  ].join(' ');
}

function spelled(name: QualifiedName): string {
  return FOUND.has(name.schema) ? quoteIdentifier(name.name) : display(name);
}
