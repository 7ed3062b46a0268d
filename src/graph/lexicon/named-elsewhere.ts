import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { storedType } from '../types/type-class.ts';
import { isSettledElsewhere, nounOf, tablesNamed } from './named-table.ts';
import { isSameNoun } from './noun.ts';
import { wordsOf } from './words.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;

/** A foreign key column that bears the name of another table than it refers to. */
export interface NamedElsewhere {
  readonly column: EntityOf<'column'>;
  readonly named: Table;
  /** The key of that table. */
  readonly wanted: EntityId;
}

/**
 * The table that a foreign key of one column is named after, where it refers to another: both in one schema, with keys of one
 * type. Undefined where the name fits, where the two tables share their key, or where the name is settled for the other one.
 */
export function namedElsewhere(graph: SchemaGraph, key: ForeignKey): NamedElsewhere | undefined {
  const [id, ...more] = key.columns;
  if (id === undefined || more.length > 0 || key.parent !== null || !key.isEnforced) return undefined;
  const column = graph.get('column', id);
  const table = graph.get('table', key.table);
  const target = graph.get('table', key.referencedTable);
  const noun = nounOf(column.name);
  if (noun === undefined || isNamedAfter(target, noun) || column.isInherited) return undefined;
  const named = tablesNamed(graph, noun).find((each) => each.name.schema === table.name.schema);
  if (named === undefined || named.id === table.id || sharesKey(named, target, graph)) return undefined;
  if (isSettledElsewhere(graph, column.name, named)) return undefined;
  const [wanted, ...others] = graph.primaryKey(named.id)?.columns ?? [];
  if (wanted === undefined || others.length > 0) return undefined;
  const [own, theirs] = [column, graph.get('column', wanted)].map((each) => storedType(graph, each.type)?.name.name);
  return own === undefined || own !== theirs ? undefined : { column, named, wanted };
}

/** product_categories is named by category_id too; so is a table that has all of the words in another order. */
function isNamedAfter(table: Table, noun: string): boolean {
  const words = wordsOf(table.name.name);
  return noun.split('_').some((each) => words.some((word) => isSameNoun(word, each)));
}

/** One row here is one row there: the key of one, or a unique column of it, refers to the other, directly or by way of a third. */
function sharesKey(a: Table, b: Table, graph: SchemaGraph): boolean {
  const up = (table: Table): readonly Table['id'][] =>
    graph
      .ownedBy(table.id, 'foreignKey')
      .filter((key) => key.columns.length === 1 && isUnique(key, graph))
      .map((key) => key.referencedTable);
  const [fromA, fromB] = [up(a), up(b)];
  if (fromA.includes(b.id) || fromB.includes(a.id) || fromA.some((each) => fromB.includes(each))) return true;
  const [withA, withB] = [withOneKey(a.id, graph), withOneKey(b.id, graph)];
  return [...withA].some((each) => withB.has(each));
}

/** The table, and those whose primary key its own refers to, however far up: teachers.id, profiles.id, users.id. */
function withOneKey(table: EntityId, graph: SchemaGraph): ReadonlySet<EntityId> {
  const reached = new Set([table]);
  for (const id of reached) {
    const [own, ...more] = graph.primaryKey(id)?.columns ?? [];
    if (own === undefined || more.length > 0) continue;
    for (const { columns, referencedTable, referencedColumns } of graph.ownedBy(id, 'foreignKey')) {
      const isOfKey = columns.length === 1 && columns[0] === own;
      if (isOfKey && graph.primaryKey(referencedTable)?.columns[0] === referencedColumns[0])
        reached.add(referencedTable);
    }
  }
  return reached;
}

function isUnique({ table, columns: [column] }: ForeignKey, graph: SchemaGraph): boolean {
  return graph
    .ownedBy(table, 'index')
    .some(
      (index) =>
        index.isUnique && index.predicate === null && index.keys.length === 1 && index.keys[0]?.column === column,
    );
}
