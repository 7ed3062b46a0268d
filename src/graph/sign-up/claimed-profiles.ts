import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { isNewId } from '../caller/sent-limits.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder } from '../query-shapes/column-under.ts';
import { unwrapped, variableOf } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import type { Query, Write } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { isNewEmail, isOfUsers } from './sign-up-triggers.ts';

type Column = EntityOf<'column'>;

/** A row that is there already, and that a trigger on auth.users gives to whoever signs up with its address. */
export interface ClaimedProfile {
  readonly trigger: EntityOf<'trigger'>;
  readonly table: EntityOf<'table'>;
  /** It says whose the row is. */
  readonly account: Column;
  /** By which the row is found. */
  readonly email: Column;
  readonly at: SourceLocation | null;
}

/**
 * `update people set account = new.id where email = new.email`: nothing asks whether the address is confirmed, or whether the row has an account. Where the body says
 * anything of either, in whatever way, there is none.
 */
export function claimedProfile(graph: SchemaGraph, routine: EntityOf<'function'>): ClaimedProfile | undefined {
  const trigger = graph
    .dependentsOfKind(routine.id, 'trigger')
    .find((each) => isOfUsers(graph, each) && each.events.includes('insert') && !saysConfirmed(each.when?.tree));
  if (trigger === undefined || routine.security !== 'definer') return undefined;
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.isWhole || shape.expressions.some(({ tree }) => saysConfirmed(tree)))
    return undefined;
  for (const { query, write } of shape.writes) {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    if (table?.kind !== 'table' || !isUsersOwn(graph, table)) continue;
    const account = givenToNewUser(graph, write);
    const email = account === undefined ? undefined : foundByAddress(graph, shape, query, write);
    if (account !== undefined && email !== undefined && !isAskedAbout(shape, account))
      return { trigger, table, account, email, at: write.at };
  }
  return undefined;
}

/** A field or function of that name, whatever is asked of it. */
function saysConfirmed(tree: Node | undefined): boolean {
  return anyNode(tree, (node) => {
    const names = [
      ...stringsOf(fieldsOf(node, 'ColumnRef')?.fields),
      ...stringsOf(fieldsOf(node, 'FuncCall')?.funcname),
    ];
    return names.some((each) => /confirm|verif/i.test(each));
  });
}

/** The column that an UPDATE sets to the new user's id, whatever stands there; also one of ON CONFLICT. */
function givenToNewUser(graph: SchemaGraph, { kind, sets, onConflict }: Write): Column | undefined {
  const changed = kind === 'update' ? sets : (onConflict?.sets ?? []);
  const set = changed.find(({ value, name }) => {
    if (value === null) return false;
    const [row, from] = stringsOf(fieldsOf(unwrapped(value), 'ColumnRef')?.fields);
    if (row !== 'excluded') return isNewId(unwrapped(value));
    return (
      from === name && sets.some((each) => each.name === name && each.value !== null && isNewId(unwrapped(each.value)))
    );
  });
  const column = set === undefined || set.column === null ? undefined : graph.find(set.column);
  return column?.kind === 'column' ? column : undefined;
}

function foundByAddress(
  graph: SchemaGraph,
  { block, queries }: RoutineShape,
  query: Query,
  { kind, onConflict }: Write,
): Column | undefined {
  if (kind !== 'update') {
    const [only, another] = onConflict?.columns ?? [];
    const column = only === undefined || another !== undefined ? undefined : graph.get('column', only);
    return column !== undefined && hasRole(graph, column, 'email') ? column : undefined;
  }
  const where = fieldsOf(query.node, 'UpdateStmt')?.whereClause;
  const direct = addressIn(graph, where, query);
  if (direct !== undefined || where === undefined || block === null) return direct;
  // The row was looked for before, and its key kept.
  const [key, more] = conjuncts(where);
  const kept =
    key === undefined || more !== undefined ? [] : equalSides(key).map(([, other]) => variableOf(other, query.binding));
  for (const { statement } of eachStatement([block])) {
    if (statement.kind !== 'sql' || !statement.into?.targets.some(({ name }) => kept.includes(name.join('.'))))
      continue;
    const select = queries.find(({ node }) => node === statement.sql.tree);
    const isSame = select?.sources.some(({ relation }) => query.sources.some((each) => each.relation === relation));
    if (select !== undefined && isSame)
      return addressIn(graph, fieldsOf(select.node, 'SelectStmt')?.whereClause, select);
  }
  return undefined;
}

/** `email = new.email`, perhaps but for case. */
function addressIn(graph: SchemaGraph, where: Node | undefined, { binding }: Query): Column | undefined {
  for (const [own, other] of conjuncts(where).flatMap(equalSides)) {
    const id = columnUnder(own, binding)?.meaning.column;
    const column = id === undefined ? undefined : graph.find(id);
    const isAddress = column?.kind === 'column' && hasRole(graph, column, 'email');
    if (isAddress && anyNode(other, isNewEmail)) return column;
  }
  return undefined;
}

/** Does a condition anywhere in the body look at what stands in the column? */
function isAskedAbout({ expressions }: RoutineShape, { name }: Column): boolean {
  const names = (node: Node | undefined) =>
    anyNode(node, (each) => stringsOf(fieldsOf(each, 'ColumnRef')?.fields).at(-1) === name);
  return expressions.some(({ tree }) =>
    anyNode(tree, (node, tag) => (tag === 'NullTest' || tag === 'A_Expr') && names(node)),
  );
}
