import type { InsertStmt, Node, ResTarget } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityId } from '../entity-id.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { type GivenConstants, givenConstants } from '../query-shapes/given-constants.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';

/** What the INSERTs and UPDATEs of the history write to each column, so far as it can be told: also by CASE in INSERT … SELECT. */
export const valuesInHistory = askedOnce(
  (graph: SchemaGraph, statements: readonly Statement[]): ReadonlyMap<EntityId, GivenConstants> => {
    const found = new Map<EntityId, GivenConstants>();
    for (const statement of statements) {
      for (const { column, given } of writtenBy(graph, statement)) {
        const before = found.get(column);
        found.set(column, {
          constants: [...(before?.constants ?? []), ...given.constants],
          isWhole: before?.isWhole !== false && given.isWhole,
        });
      }
    }
    return found;
  },
);

interface Written {
  readonly column: EntityId;
  readonly given: GivenConstants;
}

function writtenBy(graph: SchemaGraph, statement: Statement): readonly Written[] {
  const insert = fieldsOfStatement(statement, 'InsertStmt');
  const update = fieldsOfStatement(statement, 'UpdateStmt');
  const table = writtenRelation(graph, insert?.relation ?? update?.relation);
  if (table?.kind !== 'table') return [];
  const columns = graph.columns(table.id);
  const ofColumn = (name: string, nodes: readonly (Node | undefined)[], own: readonly string[]): readonly Written[] => {
    const column = columns.find((each) => each.name === name);
    if (column === undefined) return [];
    // Under that name there was another column before, and this one was written under another name.
    if (column.setBy.name !== undefined) return [{ column: column.id, given: { constants: [], isWhole: false } }];
    return nodes.map((node) => ({ column: column.id, given: given(node, name, own) }));
  };
  const ofSets = (targets: readonly Node[] | undefined, own: readonly string[]): readonly Written[] =>
    (targets ?? []).flatMap((each) => {
      const { name = '', val } = fieldsOf(each, 'ResTarget') ?? ({} as ResTarget);
      return ofColumn(name, [val], own);
    });
  if (update !== undefined) {
    const { relname = '', alias } = update.relation ?? {};
    return ofSets(update.targetList, ['', alias?.aliasname ?? relname]);
  }
  if (insert === undefined) return [];
  const rows = [...rowsOf(insert, columns)].flatMap(([name, nodes]) => ofColumn(name, nodes, []));
  const { relname = '', alias } = insert.relation ?? {};
  return [...rows, ...ofSets(insert.onConflictClause?.targetList, ['excluded', alias?.aliasname ?? relname])];
}

/** Without the values of rows that are written as DEFAULT; where a query gives them, what it puts in the column's place. */
function rowsOf(
  insert: InsertStmt,
  columns: readonly { readonly name: string }[],
): ReadonlyMap<string, readonly (Node | undefined)[]> {
  const select = fieldsOf(insert.selectStmt, 'SelectStmt');
  const values = insertedValues(insert, columns);
  if (select?.valuesLists !== undefined)
    return new Map([...values].map(([name, nodes]) => [name, nodes.filter((each) => !('SetToDefault' in each))]));
  const outputs = (select?.targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.val);
  // A star stands for any number of columns, and a UNION has its outputs further in.
  if (outputs.length === 0 || outputs.some(isStar))
    return new Map([...values.keys()].map((name) => [name, [undefined]]));
  const names = [...values.keys()].slice(0, outputs.length);
  return new Map(names.map((name, at) => [name, [outputs[at]]]));
}

function isStar(node: Node | undefined): boolean {
  return (fieldsOf(node, 'ColumnRef')?.fields ?? []).some((each) => 'A_Star' in each);
}

/** @param own what stands before the column's name where it keeps the value it has; '' for nothing */
function given(node: Node | undefined, column: string, own: readonly string[]): GivenConstants {
  if (node !== undefined && 'SetToDefault' in node) return { constants: [], isWhole: true };
  return givenConstants(node, {
    variables: new Map(),
    isOwn: (reference) => {
      const [name, qualifier = '', more] = stringsOf((reference as { fields?: Node[] }).fields).reverse();
      return name === column && more === undefined && own.includes(qualifier);
    },
  });
}
