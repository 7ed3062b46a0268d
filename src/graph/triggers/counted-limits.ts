import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, innerOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedByRoles } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { mayHaveUniqueKeyOf } from '../indexes/index-keys.ts';
import { admittedClients } from '../privileges/admitted-clients.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement, isAlwaysReached, raisesError } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { setsIsolation } from '../routines/lost-updates.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/** A trigger function that counts the rows of its own table for the new one and refuses it where there are too many. */
export interface CountedLimit {
  readonly table: EntityOf<'table'>;
  readonly columns: readonly EntityOf<'column'>[];
  /** How many there may be, of such rows. */
  readonly limit: number;
  /** Nothing else is asked: what is refused is exactly one more. */
  readonly isAlways: boolean;
  /** The statement that counts. */
  readonly counting: PlStatement;
  readonly at: SourceLocation | null;
}

/**
 * Under READ COMMITTED a count does not see what others have inserted and not committed (docs, 13.2.1), so that two at once both pass. Not told where
 * a unique key says the same, or where this function, another trigger of the table or whatever inserts, where no client does by itself, takes a lock or writes something that others wait for.
 */
export const countedLimit = askedByRoles(
  (graph: SchemaGraph, routine: Routine, clientRoles: readonly string[]): CountedLimit | undefined => {
    if (!isTriggerFunction(routine) || !isUsersOwn(graph, routine)) return undefined;
    const { block, queries, isWhole } = routineShape(graph, routine);
    if (block === null || !isWhole || mayWait(graph, routine)) return undefined;
    const triggers = graph
      .dependentsOfKind(routine.id, 'trigger')
      .filter((each) => each.level === 'row' && each.events.includes('insert') && firesInOrigin(each));
    const [trigger] = triggers;
    const table = trigger === undefined ? undefined : graph.find(trigger.relation);
    if (trigger === undefined || table?.kind !== 'table' || triggers.length > 1) return undefined;
    // Whom a policy lets add rows by themselves pass by what a function does.
    const isOpen = table.rowSecurity && admittedClients(graph, table, clientRoles, ['insert']).length > 0;
    if (isSerialized(graph, table, routine, { areInsertsTheirs: !isOpen, isBefore: trigger.timing === 'before' }))
      return undefined;
    const all = [...eachStatement([block])];
    const statements = all.map(({ statement }) => statement);
    for (const { statement, parents } of all) {
      if (statement.kind !== 'if') continue;
      const [branch] = statement.branches;
      if (branch === undefined || !branch.body.some(raisesError)) continue;
      const asked = conjuncts(branch.condition.tree);
      for (const condition of asked) {
        const { name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
        const allowed = allowedBy(stringsOf(name).at(-1), constantText(rexpr));
        const counted = allowed === undefined ? undefined : countOf(lexpr, statement, statements, queries);
        const rows = counted && rowsCounted(graph, table, counted.query);
        if (allowed === undefined || counted === undefined || rows === undefined) continue;
        // Before the row is there, and without it, one more may come.
        const limit = trigger.timing === 'after' && !rows.isWithoutOwn ? allowed : allowed + 1;
        if (limit < 1 || mayHaveUniqueKeyOf(graph, table.id, new Set(rows.columns.map(({ id }) => id))))
          return undefined;
        return {
          table,
          columns: rows.columns,
          limit,
          isAlways: asked.length === 1 && trigger.when === null && isAlwaysReached(statement, parents),
          counting: counted.statement,
          at: counted.query.at,
        };
      }
    }
    return undefined;
  },
);

/** How many the count may be without an error. */
function allowedBy(operator: string | undefined, constant: string | null): number | undefined {
  const number = constant === null ? Number.NaN : Number(constant);
  if (!Number.isInteger(number)) return undefined;
  if (operator === '>') return number;
  return operator === '>=' ? number - 1 : undefined;
}

/** What is compared: a count in a subselect, or a variable that a statement before has filled with one. */
export function countOf(
  node: Node | undefined,
  statement: PlStatement,
  statements: readonly PlStatement[],
  queries: readonly Query[],
): { readonly query: Query; readonly statement: PlStatement } | undefined {
  const inner = unwrapped(node);
  const counting = (tree: Node | undefined) => {
    const found = tree && queries.find((each) => innerOf(each.node) === innerOf(tree));
    return found !== undefined && isCount(found) ? found : undefined;
  };
  const own = counting(fieldsOf(inner, 'SubLink')?.subselect);
  if (own !== undefined) return { query: own, statement };
  const [variable, field] = stringsOf(fieldsOf(inner, 'ColumnRef')?.fields);
  if (variable === undefined || field !== undefined) return undefined;
  const filling = statements.filter(
    (each) => each.kind === 'sql' && each.into?.targets.some(({ name: [first] }) => first === variable) === true,
  );
  const assigned = statements.filter(
    (each) => each.kind === 'assign' && stringsOf(fieldsOf(each.target.tree, 'ColumnRef')?.fields)[0] === variable,
  );
  const [fill, another] = [...filling, ...assigned];
  if (fill === undefined || another !== undefined) return undefined;
  const tree =
    fill.kind === 'sql'
      ? fill.sql.tree
      : fill.kind === 'assign'
        ? fieldsOf(unwrapped(fill.value.tree), 'SubLink')?.subselect
        : undefined;
  const query = counting(tree);
  return query && { query, statement: fill };
}

function isCount({ node }: Query): boolean {
  const [target, another] = fieldsOf(node, 'SelectStmt')?.targetList ?? [];
  const call = fieldsOf(unwrapped(fieldsOf(target, 'ResTarget')?.val), 'FuncCall');
  return another === undefined && writtenName(call?.funcname).name === 'count';
}

/** The columns in which rows of the table agree with the new one; undefined where anything else is asked of them. */
function rowsCounted(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { sources, joins, otherConditions, groups, unresolved, node }: Query,
): { readonly columns: readonly EntityOf<'column'>[]; readonly isWithoutOwn: boolean } | undefined {
  const [source, another] = sources;
  if (source?.relation !== table.id || another !== undefined || otherConditions.length > 0 || groups) return undefined;
  if (unresolved.length > 0 || anyNode(node, (each) => rowField(each)?.row === 'old')) return undefined;
  const columns: EntityOf<'column'>[] = [];
  let isWithoutOwn = false;
  const key = graph.primaryKey(table.id)?.columns ?? [];
  for (const { column, kind, operator, against, isBare } of source.tests) {
    // Of one table, another column can only be the new row's.
    if (against !== 'column' || !isBare) return undefined;
    if (kind === 'equal' && joins.some(({ left, right }) => left === column && right === column))
      columns.push(graph.get('column', column));
    else if (operator === '<>' && key.length === 1 && key[0] === column) isWithoutOwn = true;
    else return undefined;
  }
  return columns.length === 0 ? undefined : { columns, isWithoutOwn };
}

/**
 * Does another trigger of the table, or a routine that inserts, keep two callers apart?
 * @param areInsertsTheirs all rows come by routines of the schema, as far as is known
 * @param isBefore the routine is run before the row is there: what AFTER triggers wait for comes too late
 */
export function isSerialized(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  routine: Routine,
  { areInsertsTheirs = true, isBefore = false } = {},
): boolean {
  const called = graph
    .ownedBy(table.id, 'trigger')
    .filter((each) => !isBefore || (each.timing === 'before' && each.events.includes('insert')))
    .flatMap((each) => each.function ?? []);
  const others = called.flatMap((id) => {
    const found = graph.find(id);
    return found?.kind === 'function' && found !== routine ? [found] : [];
  });
  const inserting = writesTo(graph, table.id).flatMap(({ holder, write }) =>
    holder.kind === 'function' && write.kind === 'insert' ? [holder] : [],
  );
  return [...others, ...(areInsertsTheirs ? inserting : [])].some((each) => mayWait(graph, each, table));
}

/** May it wait for another that does the same: a lock, a write, or what it calls? ON CONFLICT of the table itself waits for rows of the same key alone. */
function mayWait(graph: SchemaGraph, routine: Routine, table?: EntityOf<'table'>): boolean {
  const { locks, queries, writes, calls, isWhole } = routineShape(graph, routine);
  return (
    !isWhole ||
    locks.length > 0 ||
    setsIsolation(routine) ||
    queries.some(({ lock }) => lock !== null) ||
    writes.some(
      ({ write }) => write.kind !== 'insert' || (write.onConflict !== null && write.relation !== table?.id),
    ) ||
    calls.some((id) => {
      const called = graph.find(id);
      return called?.kind === 'function' && called.origin.from !== 'platform' && called.language === 'plpgsql';
    })
  );
}
