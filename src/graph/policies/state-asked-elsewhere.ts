import type { SourceLocation } from '../../sql/location.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { apiCallers } from '../privileges/api-calls.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { queriesIn } from '../query-shapes/queries-in.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { refusalsBefore } from '../routines/refusals-before.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows that a function adds only where what they belong to stands right, and a policy lets clients add to anything. */
export interface StateAskedElsewhere {
  readonly routine: EntityOf<'function'>;
  readonly write: OwnRowWrite;
  /** Of the row: what it belongs to. */
  readonly named: Column;
  /** The key that this refers to. */
  readonly key: Column;
  /** Of what it belongs to, and the values that the function lets on. */
  readonly state: Column;
  readonly values: readonly string[];
  /** Where it refuses the others. */
  readonly at: SourceLocation;
}

/**
 * `if not exists (select from posts where id = p and state = 'open') then raise …` before a SECURITY DEFINER function adds a row for p, though the policy
 * for INSERT asks nothing of posts: not by a subselect, which under the row security of posts finds only what the caller sees, nor through a function.
 * @param reach how functions are called through the API
 */
export function stateAskedElsewhere(
  graph: SchemaGraph,
  policy: Policy,
  reach: Parameters<typeof apiCallers>[2],
): StateAskedElsewhere | undefined {
  const table = graph.get('table', policy.table);
  const isOfStanding = (part: BoundExpression) => isStanding(graph, [part]);
  const write = ownRowWrites(graph, policy, reach.clientRoles, isOfStanding).find(
    ({ command }) => command === 'insert',
  );
  if (write === undefined) return undefined;
  for (const { holder, query, write: added } of writesTo(graph, table.id)) {
    if (holder.kind !== 'function' || added.kind !== 'insert' || holder.security !== 'definer') continue;
    if (!apiCallers(graph, holder, reach).some(({ name }) => name === 'authenticated')) continue;
    for (const { asked, at } of refusalsBefore(graph, holder, query)) {
      const [looked, another] = queriesIn(graph, asked);
      const [source, more] = looked?.sources ?? [];
      if (source === undefined || another !== undefined || more !== undefined) continue;
      const given = new Map(
        source.tests.flatMap(({ column, variable, kind }) => {
          return kind === 'equal' && variable !== null ? [[column, variable] as const] : [];
        }),
      );
      const state = source.tests.find(({ kind, constants, isBare }) => {
        return (kind === 'equal' || kind === 'in') && constants.length > 0 && isBare;
      });
      if (state === undefined) continue;
      for (const { columns, referencedTable, referencedColumns } of graph.ownedBy(table.id, 'foreignKey')) {
        const [named, second] = columns;
        const [key] = referencedColumns;
        if (referencedTable !== source.relation || named === undefined || key === undefined || second !== undefined)
          continue;
        const set = added.sets.find(({ column }) => column === named);
        const variable = variableOf(set?.value ?? undefined, query.binding);
        if (variable === null || given.get(key) !== variable) continue;
        const column = graph.get('column', named);
        if (!write.leavesFree(column) || write.tied.includes(named)) continue;
        const { column: id, constants: values } = state;
        return {
          routine: holder,
          write,
          named: column,
          key: graph.get('column', key),
          state: graph.get('column', id),
          values,
          at,
        };
      }
    }
  }
  return undefined;
}
