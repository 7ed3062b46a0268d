import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { Standing } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { clausesOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Column = EntityOf<'column'>;

/** A key that users choose for themselves, by which policies find rows that others address before anybody has it. */
export interface UnclaimedKey {
  readonly column: Column;
  readonly policies: readonly EntityOf<'policy'>[];
  /** What holds the key in those rows: no foreign key asks that somebody has it. */
  readonly named: Column;
}

/**
 * `recipient_code = (select code from profiles where id = auth.uid())` where users write their own code, which is unique, and others add rows with any recipient_code.
 * Not where a foreign key asks that the code is there, and not for addresses, which are told of whether or not they are taken.
 */
export function unclaimedKey(
  graph: SchemaGraph,
  write: OwnRowWrite,
  standings: readonly Standing[],
  clientRoles: readonly string[],
): UnclaimedKey | undefined {
  const found = standings.flatMap((standing): readonly UnclaimedKey[] => {
    const column = graph.get('column', standing.column);
    if (standing.by !== 'row' || !write.tied.includes(standing.user) || write.tied.includes(column.id)) return [];
    if (typeClass(graph, column.type) !== 'text' || !isUniqueAlone(graph, column) || hasRole(graph, column, 'email'))
      return [];
    if (!write.leavesFree(column)) return [];
    const named = namedByOthers(graph, standing.policy, column.relation, clientRoles);
    return named === undefined ? [] : [{ column, policies: [standing.policy], named }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const same = found.filter(({ column }) => column === first.column);
  return { ...first, policies: [...new Set(same.flatMap(({ policies }) => policies))] };
}

/** The column that a policy compares with what it finds in the table, where others write anything there. */
function namedByOthers(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  table: EntityOf<'table'>['id'],
  clientRoles: readonly string[],
): Column | undefined {
  const compared = clausesOf(policy).flatMap(({ expression }) => callerComparisons(graph, expression));
  const columns = compared.flatMap(({ column, via, isOwnValue, reads: [only, another] }) =>
    via === 'membership' && isOwnValue && only === table && another === undefined ? [graph.get('column', column)] : [],
  );
  return columns.find((column) => {
    if (column.relation !== policy.table || graph.foreignKeysOf(column).length > 0) return false;
    const adding = graph.ownedBy(policy.table, 'policy').flatMap((each) => ownRowWrites(graph, each, clientRoles));
    return adding.some(({ command, leavesFree }) => command === 'insert' && leavesFree(column));
  });
}
