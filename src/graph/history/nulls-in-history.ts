import type { InsertStmt, Node } from '@pgsql/types';
import { fieldsOf, type NodeTag, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { readOnce } from '../asked-once.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type Change, fieldsOfStatement, type Statement } from '../journal.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';
import { bornBy } from './born-in.ts';

/**
 * The columns in which the history itself wants NULL: DROP NOT NULL was the last word on them, or rows were added that have no
 * value there (a price list that is everybody's, next to each tenant's own).
 */
export function nullsInHistory(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
): ReadonlySet<EntityId> {
  const known = made.get(journal);
  if (known !== undefined) return known;
  const columns = new Set(letBeNull(journal).keys());
  for (const statement of statements) {
    const insert = fieldsOfStatement(statement, 'InsertStmt');
    if (insert === undefined) continue;
    for (const id of leftOut(graph, insert)) {
      const born = bornBy(journal, id);
      if (born !== undefined && born.index < statement.index) columns.add(id);
    }
  }
  made.set(journal, columns);
  return columns;
}

const made = new WeakMap<readonly Change[], ReadonlySet<EntityId>>();

/** The DROP NOT NULL that was the last word on the column: by then someone wanted rows without a value. */
export function letBeNullBy(journal: readonly Change[], column: EntityId): Statement | undefined {
  return letBeNull(journal).get(column);
}

const letBeNull = readOnce((journal: readonly Change[]): ReadonlyMap<EntityId, Statement> => {
  const columns = new Map<EntityId, Statement>();
  for (const change of journal) {
    if (change.type !== 'altered' || change.before.kind !== 'column' || change.after.kind !== 'column') continue;
    if (change.before.notNull === change.after.notNull) continue;
    if (!change.after.notNull) columns.set(change.after.id, change.by);
    else columns.delete(change.after.id);
  }
  return columns;
});

/**
 * The INSERT of a row that has no value in the column: the history wrote it before the column came, without a default, and neither fills nor
 * deletes rows of the table since. Undefined where that is not certain.
 */
export function olderRowWithout(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  column: EntityOf<'column'>,
): Statement | undefined {
  const [added, made] = [bornBy(journal, column.id), bornBy(journal, column.relation)];
  const first = journal.find((each) => each.type === 'created' && each.after.id === column.id);
  if (added === undefined || made === undefined || made.index >= added.index) return undefined;
  if (first?.type !== 'created' || first.after.kind !== 'column' || isFilledAtOnce(first.after)) return undefined;
  const isOfTable = (each: Statement) => writtenBy(graph, each)?.id === column.relation;
  const isLater = ({ index, kind }: Statement) => index > added.index && CHANGES.has(kind);
  if (statements.some((each) => isLater(each) && (isOpaque(journal, each) || isOfTable(each)))) return undefined;
  return statements.find(
    (each) => each.index > made.index && each.index < added.index && givesRows(each) && isOfTable(each),
  );
}

function isFilledAtOnce({ default: value, generated, identity }: EntityOf<'column'>): boolean {
  return value !== null || generated !== null || identity !== null;
}

/** What may fill a column or delete a row. */
const CHANGES = new Set(['UpdateStmt', 'DeleteStmt', 'TruncateStmt', 'MergeStmt', 'SelectStmt', 'CallStmt']);

/** May it write anywhere: TRUNCATE with what refers to it, a routine of the history's, a query that writes on the way (WITH)? */
function isOpaque(journal: readonly Change[], { kind, node }: Statement): boolean {
  if (kind === 'TruncateStmt' || kind === 'CallStmt') return true;
  if (kind !== 'SelectStmt') return false;
  const names = functionNames(journal);
  return anyNode(node, (each, tag) => {
    const call = fieldsOf(each, 'FuncCall');
    return WRITES.has(tag) || (call !== undefined && names.has(writtenName(call.funcname).name));
  });
}

const WRITES: ReadonlySet<NodeTag> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** What the functions that the history makes are called, also those that are gone. */
const functionNames = readOnce((journal: readonly Change[]): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const change of journal)
    if (change.type === 'created' && change.after.kind === 'function') names.add(change.after.name.name);
  return names;
});

function writtenBy(graph: SchemaGraph, statement: Statement): Entity | undefined {
  const { relation } =
    fieldsOfStatement(statement, 'InsertStmt') ??
    fieldsOfStatement(statement, 'UpdateStmt') ??
    fieldsOfStatement(statement, 'DeleteStmt') ??
    fieldsOfStatement(statement, 'MergeStmt') ??
    {};
  return relation && writtenRelation(graph, relation);
}

/** Rows that are written out: a query may find none. */
function givesRows(statement: Statement): boolean {
  const { selectStmt } = fieldsOfStatement(statement, 'InsertStmt') ?? {};
  return fieldsOf(selectStmt, 'SelectStmt')?.valuesLists !== undefined;
}

/** The columns without a default that an INSERT with a list of columns leaves out, or gives the word NULL. */
function leftOut(graph: SchemaGraph, insert: InsertStmt): readonly EntityId[] {
  const table = writtenRelation(graph, insert.relation);
  if (table?.kind !== 'table' || insert.cols === undefined) return [];
  const columns = graph.columns(table.id);
  const given = insertedValues(insert, columns);
  return columns.flatMap((column) => {
    const values = given.get(column.name);
    return (values === undefined ? column.default === null : values.some(isNull)) ? [column.id] : [];
  });
}

function isNull(node: Node | undefined): boolean {
  return fieldsOf(unwrapped(node), 'A_Const')?.isnull === true;
}
