import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { drivingQuery } from '../query-shapes/driving-query.ts';
import { outermost } from '../query-shapes/outermost.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query, QuerySource } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';
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

function runsAtOnce({ events, level, enabled, isDeferrable }: Trigger): boolean {
  return events.includes('insert') && level === 'row' && enabled !== 'disabled' && !isDeferrable;
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
    return called?.kind !== 'function' || (isUsersOwn(graph, called) && mayInsert(graph, called, child, new Set()));
  });
  return fired || queriesInSchema(graph).some(({ query }) => writesBoth(graph, query, table, child));
}

function mayInsert(graph: SchemaGraph, called: Routine, child: Table, seen: Set<Routine>): boolean {
  if (seen.has(called)) return false;
  seen.add(called);
  const { isWhole, unread, writes, calls } = routineShape(graph, called);
  if (!isWhole || unread.length > 0) return true;
  const isChild = writes.some(
    ({ write: { kind, relation } }) => relation === null || (kind === 'insert' && relation === child.id),
  );
  if (isChild) return true;
  return calls.some((id) => {
    const next = graph.find(id);
    return next?.kind === 'function' && isUsersOwn(graph, next) && mayInsert(graph, next, child, seen);
  });
}

/** `with b as (insert into bills …) insert into lines …`: triggers run when all of it is done. */
function writesBoth(graph: SchemaGraph, query: Query, table: Table, child: Table): boolean {
  if (!query.writes.some(({ kind, relation }) => kind === 'insert' && relation === child.id)) return false;
  const whole = outermost(query);
  return queriesInSchema(graph).some(
    ({ query: other }) =>
      other !== query && outermost(other) === whole && other.writes.some(({ relation }) => relation === table.id),
  );
}
