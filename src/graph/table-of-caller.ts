import { equalSides } from '../sql/equality.ts';
import { fieldsOf } from '../sql/nodes.ts';
import { anyNode, walk } from '../sql/walk.ts';
import type { BoundExpression } from './bound-expression.ts';
import { standingsIn } from './caller/caller-standing.ts';
import type { EntityOf } from './entities/index.ts';
import { equationsOf } from './keys/equated-columns.ts';
import { type NamedTable, onlyKeyColumn } from './lexicon/named-table.ts';
import { columnUnder } from './query-shapes/column-under.ts';
import { isCallerCall } from './routines/caller-calls.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/**
 * auth.users, for the column by which policies of other tables find the caller's own row. Where others compare it with the key of a table of the user's
 * (users.id beside users.auth_user_id), that table if these are more; neither where they are as many.
 */
export function tableOfCaller(graph: SchemaGraph, column: Column): NamedTable | undefined {
  const asking = standingsIn(graph, column.relation).filter(({ user }) => user === column.id);
  const users = asking.length === 0 ? undefined : graph.relation({ schema: 'auth', name: 'users' });
  const key = users?.kind === 'table' ? onlyKeyColumn(graph, users) : undefined;
  if (users?.kind !== 'table' || key === undefined) return undefined;
  const [other, ...more] = otherKeys(graph, column, users);
  if (other === undefined) return { table: users, key, by: 'caller', siblings: 0 };
  const policies = [...new Set(asking.map(({ policy }) => policy))];
  const isWithId = ({ using, check }: EntityOf<'policy'>) =>
    [using, check].some((clause) => clause !== null && isComparedWithId(column, clause));
  if (more.length > 0 || policies.filter(isWithId).length >= other.count) return undefined;
  return { table: other.table, key: other.key, by: 'compared', siblings: 0 };
}

/** The keys of tables that the column is equated with and that hold no ids of auth.users themselves. */
function otherKeys(
  graph: SchemaGraph,
  column: Column,
  users: Table,
): readonly { readonly table: Table; readonly key: Column; readonly count: number }[] {
  return [...equationsOf(graph, column.id)].flatMap(([id, count]) => {
    const key = graph.get('column', id);
    const table = graph.find(key.relation);
    if (table?.kind !== 'table' || table.id === column.relation || table.id === users.id) return [];
    if (onlyKeyColumn(graph, table)?.id !== id) return [];
    const isUsers = graph.foreignKeysOf(key).some((each) => each.referencedTable === users.id);
    return isUsers ? [] : [{ table, key, count }];
  });
}

/** `owner = auth.uid()`, anywhere in the clause. */
function isComparedWithId(column: Column, clause: BoundExpression): boolean {
  let isFound = false;
  walk(clause.tree, (_, node) => {
    isFound ||= equalSides(node).some(([own, other]) => {
      if (columnUnder(own, clause)?.meaning.column !== column.id) return false;
      return anyNode(other, (each) => {
        const call = fieldsOf(each, 'FuncCall');
        return call !== undefined && isCallerCall(call, clause);
      });
    });
    return isFound ? 'stop' : undefined;
  });
  return isFound;
}
