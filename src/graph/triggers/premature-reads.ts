import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { drivingQuery } from '../query-shapes/driving-query.ts';
import { outermost } from '../query-shapes/outermost.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query, QuerySource } from '../query-shapes/query.ts';
import { runBy } from '../query-shapes/routine-calls.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { reachedFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Table = EntityOf<'table'>;
type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;

/** A trigger that goes through the children of a row which has just been added. */
export interface PrematureRead {
  readonly trigger: Trigger;
  readonly function: Routine;
  readonly key: EntityOf<'foreignKey'>;
  readonly child: Table;
  readonly query: Query;
}

/**
 * A row trigger for INSERT alone goes by rows that refer to NEW. Their foreign key, which is asked for at the end of each statement, has not let them in before the
 * row was there. Not told where a trigger of the table, the function, or one statement with both tables may have added some.
 */
export const prematureReads = askedOnce((graph: SchemaGraph, table: Table): readonly PrematureRead[] =>
  graph.ownedBy(table.id, 'trigger').flatMap((trigger) => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called) || !runsAtOnce(trigger)) return [];
    const isAlone = graph.ownedBy(table.id, 'trigger').every((each) => {
      return each.function !== called.id || each.events.every((event) => event === 'insert');
    });
    const found = isAlone ? readOf(graph, table, called) : undefined;
    return found === undefined ? [] : [{ trigger, function: called, ...found }];
  }),
);

function runsAtOnce(trigger: Trigger): boolean {
  const { events, level, isDeferrable } = trigger;
  return events.includes('insert') && level === 'row' && firesInOrigin(trigger) && !isDeferrable;
}

function readOf(
  graph: SchemaGraph,
  table: Table,
  called: Routine,
): Pick<PrematureRead, 'key' | 'child' | 'query'> | undefined {
  const { block, isWhole, unread, queries } = routineShape(graph, called);
  if (block === null || !isWhole || unread.length > 0) return undefined;
  const statements = reachedFor([block], 'insert').filter(({ kind }) => kind === 'sql' || kind === 'for-query');
  for (const statement of statements) {
    const trees = ownExpressions(statement).map(({ tree }) => tree);
    const own = queries.find((each) => each.parent === null && trees.includes(each.node));
    const query = own && drivingQuery(own, queries);
    // What a SELECT … INTO does not find may be just what is asked.
    if (own === undefined || query === undefined || (own.kind === 'select' && statement.kind === 'sql')) continue;
    for (const source of query.sources) {
      const key = keyToNew(graph, table, query, source);
      const child = key && graph.get('table', key.table);
      if (key !== undefined && child !== undefined && !mayBeThere(graph, table, child)) return { key, child, query };
    }
  }
  return undefined;
}

/** `where line.bill_id = new.id`, by a foreign key that no row gets past. */
function keyToNew(
  graph: SchemaGraph,
  table: Table,
  query: Query,
  source: QuerySource,
): EntityOf<'foreignKey'> | undefined {
  return graph.ownedBy(source.relation, 'foreignKey').find((each) => {
    const [column, another] = each.columns;
    const [referenced] = each.referencedColumns;
    if (each.referencedTable !== table.id || column === undefined || another !== undefined) return false;
    if (!each.isValidated || !each.isEnforced || each.isDeferrable || referenced === undefined) return false;
    const [name] = graph.columnNames([referenced]);
    return rowEqualities(query, source).some(({ column: asked, value }) => {
      const field = rowField(value);
      return asked === column && field?.row === 'new' && field.name === name;
    });
  });
}

/** Something that a row of the table sets off, or a statement that writes both, may have added children. */
function mayBeThere(graph: SchemaGraph, table: Table, child: Table): boolean {
  if (child.id === table.id || graph.ownedBy(table.id, 'rewriteRule').length > 0) return true;
  const fired = graph.ownedBy(table.id, 'trigger').some(({ function: id, events }) => {
    const called = id === null ? undefined : graph.find(id);
    if (!events.includes('insert')) return false;
    if (called?.kind !== 'function') return true;
    return isUsersOwn(graph, called) && runBy(graph, called).some((each) => mayInsert(graph, each, child));
  });
  return fired || areWrittenAtOnce(graph, table, child);
}

function mayInsert(graph: SchemaGraph, routine: Routine, child: Table): boolean {
  const { isWhole, unread, writes } = routineShape(graph, routine);
  const isChild = writes.some(
    ({ write: { kind, relation } }) => relation === null || (kind === 'insert' && relation === child.id),
  );
  return isChild || !isWhole || unread.length > 0;
}

/** `with b as (insert into bills …) insert into lines …`: triggers run when all of it is done. */
function areWrittenAtOnce(graph: SchemaGraph, table: Table, child: Table): boolean {
  const ofTable = new Map(writesTo(graph, table.id).map(({ query }) => [outermost(query), query]));
  return writesTo(graph, child.id).some(({ query, write }) => {
    const other = ofTable.get(outermost(query));
    return write.kind === 'insert' && other !== undefined && other !== query;
  });
}
