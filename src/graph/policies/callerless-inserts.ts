import { writerColumns } from '../agreement/writer-columns.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller, callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { areTiedByExpression } from '../values/value-checks.ts';
import { partOf } from './alternatives.ts';
import { asksByTrigger, type CallerlessWay, callerlessWays } from './callerless-writes.ts';
import { areRowsHeld } from './held-rows.ts';
import { isAddressee, isMaker, isOwner, isWriter, ownersColumn } from './owner-columns.ts';
import { ownersIn } from './parent-writes.ts';
import { policyAudience } from './policy-audience.ts';
import { decidingClause, waysOf } from './policy-clauses.ts';
import { provisionedWhole } from './provisioned-rows.ts';
import { tyingWrite } from './trigger-refusals.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Rows that clients may add as anybody's, by a way through WITH CHECK that asks for the state of the row, and for nothing of who they are. */
export interface CallerlessInsert {
  readonly access: readonly ClientAccess[];
  /** What the first of the ways asks of the row. */
  readonly asked: readonly BoundExpression[];
  /** All that leave the column free, each as its conditions. */
  readonly ways: readonly (readonly BoundExpression[])[];
  /** By which policies tell whose a row is; that way leaves it to the client. */
  readonly owner: Column;
  /** A condition that compares it with the caller, of another way of the same clause where there is one; undefined where none is known. */
  readonly tie: BoundExpression | undefined;
  /** That condition is all which another way of the clause asks for. */
  readonly isTieEnough: boolean;
}

/**
 * Only where another way of the clause, or a policy for INSERT, ties the column to the caller, where another way of the clause asks who calls and the
 * policies for changing rows go by the column, where its name says who wrote the row, or where its default is the caller: so that forms which everybody is to fill in are none, though the
 * answers be somebody's. A way that says what stands in the column (NULL, for rows of guests) does not leave it free, nor does a CHECK that names it beside
 * what the way asks for.
 */
export function callerlessInsert(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): CallerlessInsert | undefined {
  const clause = policy.isPermissive ? decidingClause(policy, 'insert') : null;
  if (clause === null) return undefined;
  const table = graph.get('table', policy.table);
  const ways = policyAudience(graph, policy, clientRoles).flatMap((access) => {
    if (!access.commands.includes('insert') || isHeld(graph, table, access)) return [];
    return callerlessWays(graph, clause, access.name).flatMap((way) =>
      way.asked.length === 0 ? [] : [{ way, access }],
    );
  });
  const isForGuests = ways.some(({ access }) => access.name === 'anon');
  const owned = ways.length === 0 ? [] : owners(graph, table, clause, clientRoles, isForGuests);
  const found = ways.flatMap(({ way, access }) => {
    const left = owned.find(({ owner }) => isLeftFree(graph, table, owner, way, access));
    return left === undefined ? [] : [{ ...left, ...way, access }];
  });
  const [first] = found;
  if (first === undefined || provisionedWhole(graph, table) !== undefined) return undefined;
  const { owner, tie, way, asked } = first;
  const alike = found.filter((each) => each.owner === owner);
  const isFirst = (each: CallerlessWay) => each.way.every(({ tree }, at) => tree === way[at]?.tree);
  const access = alike.filter(isFirst).map((each) => ({ ...each.access, commands: ['insert'] as const }));
  const isTieEnough = (waysOf(clause) ?? []).some(
    ([only, more]) => tie !== undefined && only?.tree === tie.tree && more === undefined,
  );
  return { owner, tie, isTieEnough, asked, ways: alike.map((each) => each.way), access };
}

function isHeld(graph: SchemaGraph, table: Table, access: ClientAccess): boolean {
  if (areRowsHeld(graph, table, 'insert', access.role)) return true;
  return asksByTrigger(graph, table, 'insert');
}

/** The columns by which it is told whose a new row is, those of the clause itself first. */
function owners(
  graph: SchemaGraph,
  table: Table,
  clause: BoundExpression,
  clientRoles: readonly string[],
  isForGuests: boolean,
): readonly Pick<CallerlessInsert, 'owner' | 'tie'>[] {
  const beside = graph.ownedBy(table.id, 'policy').flatMap((each) => {
    const other = each.isPermissive && each.command === 'insert' ? each.check : null;
    const isMet = policyAudience(graph, each, clientRoles).some(({ commands }) => commands.includes('insert'));
    return other === null || !isMet ? [] : tiesIn(graph, other);
  });
  const asks = (part: BoundExpression) =>
    asksCaller(graph, part.tree, part) || callerComparisons(graph, part).length > 0;
  const owner = ownersColumn(graph, table);
  const isMeant = owner !== undefined && (isCallerByDefault(graph, owner) || (!isForGuests && isOwner(owner.name)));
  const changed = isMeant || (waysOf(clause) ?? []).flat().some(asks) ? owner : undefined;
  const written = writerColumns(graph, table, clientRoles).filter(
    ({ author: { name }, tie }) => tie !== undefined && (isWriter(name) || isMaker(name)),
  );
  const found = [
    ...tiesIn(graph, clause),
    ...beside,
    ...written.map(({ author: owner, tie }) => ({ owner, tie })),
    ...(changed === undefined ? [] : [{ owner: changed, tie: undefined }]),
  ];
  const first = new Map([...found].reverse().map((each) => [each.owner, each]));
  return found.filter((each) => first.get(each.owner) === each && !isAddressee(table, each.owner));
}

/** Is the row the caller's where nobody says whose it is: a default of auth.uid()? */
function isCallerByDefault(graph: SchemaGraph, { default: given }: Column): boolean {
  return given !== null && callerSources(graph, given.tree, given).join() === 'user';
}

/** The columns that a clause compares with the caller's own id, each with the condition. */
function tiesIn(graph: SchemaGraph, clause: BoundExpression): readonly Pick<CallerlessInsert, 'owner' | 'tie'>[] {
  return (waysOf(clause) ?? []).flat().flatMap((part) => {
    const tie = partOf(clause, part.tree);
    return ownersIn(graph, part).map((owner) => ({ owner: graph.get('column', owner), tie }));
  });
}

/** May the client write any owner there, and beside it what the way asks for? */
function isLeftFree(
  graph: SchemaGraph,
  table: Table,
  owner: Column,
  { asked }: CallerlessWay,
  access: ClientAccess,
): boolean {
  const pinning = asked.filter((each) => !isPresence(each)).flatMap((each) => [...columnsNamed(each)]);
  const others = [...new Set(asked.flatMap((each) => [...columnsNamed(each)]))].filter((each) => each !== owner.id);
  if (pinning.includes(owner.id) || others.some((each) => areTiedByExpression(graph, table.id, [each, owner.id])))
    return false;
  const isOpen = [owner, ...others.map((each) => graph.get('column', each))].every(
    (each) => each.generated === null && isLeftTo(graph, table, each, 'insert', access),
  );
  return isOpen && tyingWrite(graph, table, owner, access) === undefined;
}

/** That there is a value does not say which. */
function isPresence({ tree }: BoundExpression): boolean {
  return 'NullTest' in tree && tree.NullTest.nulltesttype === 'IS_NOT_NULL';
}
