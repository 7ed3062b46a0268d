import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, innerOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { columnMeaning, constantText, unwrapped } from '../query-shapes/operand.ts';
import { outermost } from '../query-shapes/outermost.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isSerialized } from '../triggers/counted-limits.ts';
import { isUsersOwn } from '../users-own.ts';
import { isAlwaysCalledLocked, mayWait } from './counted-inserts.ts';
import { setsIsolation } from './lost-updates.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/** What numbers are called by which rows are told apart: two rows may well have one place in an order. */
const NUMBERS: NamePatterns = [
  ...['number', '*_number', 'no', '*_no', 'num', '*_num', 'nr', '*_nr', 'numero', 'numero_*', '*_numero'],
  ...['version', '*_version', 'revision', '*_revision', 'seq', '*_seq', 'serial', '*_serial'],
];

/** A function that gives a new row the highest number that there is, and one more. */
export interface NextNumber {
  readonly table: EntityOf<'table'>;
  readonly column: Column;
  /** Among the rows that agree in these. */
  readonly among: readonly Column[];
  /** What they are compared with, as the body names it; empty where it is not plain to see. */
  readonly values: readonly string[];
  /** The statement that looks for the highest. */
  readonly counting: PlStatement;
  readonly at: SourceLocation | null;
}

/**
 * `select coalesce(max(number), 0) + 1 into n`, and an INSERT with n; so in a BEFORE trigger, too. Of two at once neither sees the row of the other, which is not
 * committed (docs, 13.2.1), and both get one number. Not told where a unique key keeps the second out, or where this function before it looks, another trigger
 * of the table, or each that calls it or inserts takes a lock or changes something, for which the second waits.
 */
export const nextNumber = askedOnce((graph: SchemaGraph, routine: Routine): NextNumber | undefined => {
  const shape = routineShape(graph, routine);
  const { block, queries, isWhole } = shape;
  if (block === null || !isWhole || !isUsersOwn(graph, routine) || setsIsolation(routine)) return undefined;
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  for (const query of queries) {
    const highest = highestIn(graph, query);
    if (highest === undefined || !isNamed(highest.column.name, NUMBERS)) continue;
    const at = statements.findIndex((each) => holds(each, query));
    const counting = statements[at];
    if (counting === undefined || isKeptApart(graph, highest)) continue;
    const isGiven =
      isInserted(queries, query, highest, counting, statements.slice(at + 1)) ||
      (isGivenByTrigger(graph, routine, query, highest, counting) && !isSerialized(graph, highest.table, routine));
    if (!isGiven || isAlwaysCalledLocked(graph, routine)) continue;
    if (statements.slice(0, at).some((each) => mayWait(graph, shape, each))) continue;
    return { ...highest, counting, at: query.at };
  }
  return undefined;
});

export type Highest = Pick<NextNumber, 'table' | 'column' | 'among' | 'values'>;

/** `max(n) + 1`, perhaps with something in place of NULL, of the rows of one table that agree in some columns. */
export function highestIn(
  graph: SchemaGraph,
  { kind, node, sources, otherConditions, groups, unresolved, binding }: Query,
): Highest | undefined {
  const [source, another] = sources;
  const table = source === undefined ? undefined : graph.find(source.relation);
  if (kind !== 'select' || source === undefined || another !== undefined || table?.kind !== 'table') return undefined;
  if (!isUsersOwn(graph, table) || otherConditions.length > 0 || groups || unresolved.length > 0) return undefined;
  const [target, more] = fieldsOf(node, 'SelectStmt')?.targetList ?? [];
  const id = more === undefined ? columnOfMax(fieldsOf(target, 'ResTarget')?.val, binding) : undefined;
  const column = id === undefined ? undefined : graph.find(id);
  if (column?.kind !== 'column' || column.relation !== table.id) return undefined;
  if (!source.tests.every(({ kind: test, isBare }) => test === 'equal' && isBare)) return undefined;
  const among = source.tests.map((each) => graph.get('column', each.column));
  const values = source.tests.flatMap(({ variable }) => variable ?? []);
  return { table, column, among, values: values.length === among.length ? values : [] };
}

function columnOfMax(node: Node | undefined, binding: Query['binding']): Column['id'] | undefined {
  const inner = unwrapped(node);
  const { kind, name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
  const isNext = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '+' && constantText(rexpr) === '1';
  const [first] = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
  // coalesce(max(n) + 1, 1) as well as coalesce(max(n), 0) + 1
  if (first !== undefined) return columnOfMax(first, binding);
  if (!isNext) return undefined;
  const summand = unwrapped(lexpr);
  const [value = summand] = fieldsOf(summand, 'CoalesceExpr')?.args ?? [];
  const call = fieldsOf(unwrapped(value), 'FuncCall');
  if (call === undefined || writtenName(call.funcname).name !== 'max' || call.agg_filter !== undefined)
    return undefined;
  return columnMeaning(call.args?.[0], binding)?.column;
}

/** Does a unique key with the number in it keep the second out? One over an expression may. */
function isKeptApart(graph: SchemaGraph, { table, column }: Highest): boolean {
  return (
    graph
      .ownedBy(table.id, 'index')
      .some(({ isUnique, keys }) => isUnique && keys.some((key) => key.column === column.id || key.column === null)) ||
    graph.ownedBy(table.id, 'exclusionConstraint').length > 0
  );
}

/** Does an INSERT, this one or one behind it, give the number to a row of the table? */
function isInserted(
  queries: readonly Query[],
  query: Query,
  { table, column }: Highest,
  counting: PlStatement,
  behind: readonly PlStatement[],
): boolean {
  const variable = filledBy(counting, query)?.join('.');
  return queries.some((each) => {
    const [write, another] = each.writes;
    if (write?.kind !== 'insert' || another !== undefined || write.relation !== table.id) return false;
    const value = write.sets.find((set) => set.column === column.id)?.value;
    if (value === undefined || value === null) return false;
    if (each === outermost(query)) return isSubselect(value, query);
    const isBehind = behind.some((one) => ownExpressions(one).some(({ tree }) => tree === each.node));
    return isBehind && variable !== undefined && writtenVariable(value) === variable;
  });
}

/** Does it stand in the statement, by itself or as what is assigned? */
export function holds(statement: PlStatement, query: Query): boolean {
  const { node } = outermost(query);
  return ownExpressions(statement).some(({ tree }) => tree === node || isSubselect(tree, query));
}

function isSubselect(node: Node, query: Query): boolean {
  const subselect = fieldsOf(unwrapped(node), 'SubLink')?.subselect;
  return subselect !== undefined && innerOf(subselect) === innerOf(query.node);
}

/** `select … into n`, `n := (select …)`: the parts of the name. */
function filledBy(statement: PlStatement, query: Query): readonly string[] | undefined {
  if (statement.kind === 'sql') {
    const [target, more] = statement.into?.targets ?? [];
    return more === undefined && outermost(query) === query ? target?.name : undefined;
  }
  if (statement.kind !== 'assign') return undefined;
  return isSubselect(statement.value.tree, query)
    ? stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields)
    : undefined;
}

function writtenVariable(node: Node): string {
  return stringsOf(fieldsOf(unwrapped(node), 'ColumnRef')?.fields).join('.');
}

/** Is it NEW's number that a BEFORE trigger of the table sets? */
export function isGivenByTrigger(
  graph: SchemaGraph,
  routine: Routine,
  query: Query,
  { table, column }: Highest,
  counting: PlStatement,
): boolean {
  const [row, name, more] = filledBy(counting, query) ?? [];
  if (row !== 'new' || name !== column.name || more !== undefined) return false;
  if (anyNode(query.node, (each) => rowField(each)?.row === 'old')) return false;
  const triggers = graph.dependentsOfKind(routine.id, 'trigger');
  const isOfTable = triggers.some(
    (each) =>
      each.relation === table.id &&
      each.level === 'row' &&
      each.timing === 'before' &&
      each.events.includes('insert') &&
      firesInOrigin(each),
  );
  return isOfTable && triggers.every((each) => each.relation === table.id);
}
