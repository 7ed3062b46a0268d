import { fieldsOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { isNullable } from '../nulls/nullability.ts';
import { ownColumn } from '../own-column.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerlessWays } from './callerless-writes.ts';
import { seesEveryRow } from './open-reading.ts';
import { policyAudience } from './policy-audience.ts';
import { clausesOf, restricts, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows that belong to somebody by a column, and are shown to whoever asks once that is NULL, which a DELETE of what it refers to makes it. */
export interface OpenedRows {
  readonly column: Column;
  readonly key: EntityOf<'foreignKey'>;
  /** Who then sees them, and did not see every row before. */
  readonly access: readonly ClientAccess[];
}

/**
 * `using (event_id is null or is_member(event_id))` over a key with ON DELETE SET NULL. Not where the rows have to be in some state besides, where the column names
 * a person whom nobody has to be to add a row (a task without anybody goes back to all), nor where a restrictive policy has a word.
 */
export function openedBySetNull(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): OpenedRows | undefined {
  const { using } = policy;
  if (!policy.isPermissive || using === null || (policy.command !== 'select' && policy.command !== 'all'))
    return undefined;
  const table = graph.get('table', policy.table);
  const found = policyAudience(graph, policy, clientRoles).flatMap((access) => {
    if (!access.commands.includes('select') || seesEveryRow(graph, access, table) !== false) return [];
    if (policiesFor(graph, table, 'select', access.role).some((each) => restricts(each, 'select'))) return [];
    return callerlessWays(graph, using, access.name).flatMap(({ asked: [only, ...more] }) => {
      const column = only === undefined || more.length > 0 ? undefined : emptyColumn(graph, only);
      const key = column && keyThatEmpties(graph, column);
      return column !== undefined && key !== undefined && belongsBy(graph, policy, column, key)
        ? [{ column, key, access }]
        : [];
    });
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const access = found.filter((each) => each.column === first.column).map((each) => each.access);
  return { column: first.column, key: first.key, access };
}

/** `column is null`. */
function emptyColumn(graph: SchemaGraph, part: BoundExpression): Column | undefined {
  const { nulltesttype, arg } = fieldsOf(part.tree, 'NullTest') ?? {};
  const id = nulltesttype === 'IS_NULL' ? ownColumn(arg, part) : undefined;
  return id === undefined ? undefined : graph.get('column', id);
}

function keyThatEmpties(graph: SchemaGraph, column: Column): EntityOf<'foreignKey'> | undefined {
  if (!isNullable(graph, column)) return undefined;
  return graph.foreignKeysOf(column).find(({ onDelete, setColumns, columns, referencedTable, parent, isEnforced }) => {
    const emptied = setColumns.length > 0 ? setColumns : columns;
    return (
      onDelete === 'set null' &&
      emptied.includes(column.id) &&
      referencedTable !== column.relation &&
      parent === null &&
      isEnforced
    );
  });
}

/** Does another way of the clause let in those whom the column names, and is it of the kind that says whose the row is? */
function belongsBy(
  graph: SchemaGraph,
  { using, table }: Policy,
  column: Column,
  { referencedTable }: EntityOf<'foreignKey'>,
): boolean {
  const compares = (clause: BoundExpression) =>
    callerComparisons(graph, clause).some((each) => each.column === column.id);
  if (using === null || !(waysOf(using) ?? []).some((way) => way.some(compares))) return false;
  const parent = graph.find(referencedTable);
  if (parent?.kind !== 'table') return false;
  if (!isAccountTable(graph, parent)) return true;
  return graph
    .ownedBy(table, 'policy')
    .some((each) => each.command === 'insert' && clausesOf(each).some(({ expression }) => compares(expression)));
}
