import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { fieldsOfStatement, type Migration, type Statement } from '../journal.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';

/** So many of its own names in a table are no accident. */
const LEAST = 2;

/**
 * The table in which the history itself notes which of its files have run, by the names of the files in a column that is unique:
 * then something else than the folder's tool runs them, to which two files of one version are two.
 */
export function tableOfRecordedFiles(
  graph: SchemaGraph,
  migrations: readonly Migration[],
  statements: readonly Statement[],
): EntityOf<'table'> | undefined {
  const files = new Set(migrations.map(({ file }) => file.slice(file.lastIndexOf('/') + 1)));
  const found = new Map<EntityId, Set<string>>();
  for (const statement of statements) {
    const insert = fieldsOfStatement(statement, 'InsertStmt');
    const table = insert && writtenRelation(graph, insert.relation);
    if (insert === undefined || table?.kind !== 'table') continue;
    const columns = graph.columns(table.id);
    for (const [name, values] of insertedValues(insert, columns)) {
      const column = columns.find((each) => each.name === name);
      if (column === undefined || !isUniqueAlone(graph, column)) continue;
      const noted = values.flatMap((each) => constantText(each) ?? []).filter((text) => files.has(text));
      const known = found.get(column.id) ?? new Set();
      found.set(column.id, known);
      for (const file of noted) known.add(file);
      if (known.size >= LEAST) return table;
    }
  }
  return undefined;
}
