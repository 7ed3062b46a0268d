import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { Folded } from '../binding/questions/constant-value.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isAccountTable, isAuthUsers } from '../lexicon/table-roles.ts';
import { isNullable } from '../nulls/nullability.ts';
import { rowsProvisionedBy } from '../policies/provisioning-triggers.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { derivedFrom } from '../query-shapes/derived-variables.ts';
import { constantOf, variableOf } from '../query-shapes/operand.ts';
import { eachStatement, leaves, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { ReachedRows } from '../routines/reached-rows.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded, mayRaise } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { functionAsksCaller, sourceOf } from './caller-source.ts';
import { callerTests } from './caller-tests.ts';
import { type AlsoKnown, knownOfCaller, withoutRow } from './known-callers.ts';
import { asksOfNamedGroup } from './named-groups.ts';
import { ASKS_NOTHING } from './null-pass.ts';
import { leftOpen, rowsHeldByBody } from './rows-left-open.ts';
import { SIGNED_IN } from './signed-out.ts';
import { tablesRead } from './tables-read.ts';
import { claimOfSome, claimsAsked } from './token-claims.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** What has a guard ask for what is not there: whoever calls has no row of a table, or no such claim in their token, or gives an argument that is in none, or NULL. */
export type Absence =
  | { readonly kind: 'claim'; readonly claim: string }
  | { readonly kind: 'row'; readonly table: Table }
  | { readonly kind: 'value'; readonly table: Table; readonly parameter: string }
  | { readonly kind: 'null'; readonly parameter: string };

/** Conditions that are to refuse, are NULL where something is absent, and so let every caller at rows of others. */
export interface UnansweredGuard {
  readonly absence: Absence;
  readonly passed: readonly PassedGuard[];
  readonly rows: ReachedRows;
  readonly callers: readonly ApiCaller[];
}

export interface PassedGuard {
  readonly condition: PlExpression;
  /** The function of the user's that gives NULL; null where the body looks itself. */
  readonly helper: Routine | null;
}

/**
 * `if role_in(p_org) <> 'owner' then raise …`, where role_in finds no row for whoever is no member and gives NULL: neither true nor false. Undefined where
 * anything that the body asks of the caller or the argument is not certainly passed, and where the rows are found by what is absent. Tables with a row for each
 * user are not taken to be without one, unless it is asked for one in a group that the caller names.
 */
export function unansweredGuard(
  graph: SchemaGraph,
  routine: Routine,
  callers: readonly ApiCaller[],
): UnansweredGuard | undefined {
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.isWhole || functionAsksCaller(graph, routine) !== true) return undefined;
  // Of those who are not signed in another rule tells, and to keep them out changes nothing for the others.
  const isTold = callerTests(graph, routine).evaded.length > 0;
  const left = isTold ? callers.filter(({ name }) => name === 'authenticated') : callers;
  if (left.length === 0) return undefined;
  const held = rowsHeldByBody(graph, routine, left);
  if (held.length === 0) return undefined;
  for (const absence of absences(graph, routine, shape)) {
    const found = passedUnder(graph, shape, absence, held);
    if (found !== undefined) return { ...found, callers: left };
  }
  return undefined;
}

function absences(graph: SchemaGraph, routine: Routine, shape: RoutineShape): readonly Absence[] {
  const names = routine.parameters.filter(isInput).flatMap(({ name }) => name ?? []);
  const tables = usersTablesRead(graph, shape);
  return [
    ...absencesOfCaller(graph, shape, (table) => asksOfNamedGroup(graph, routine, table)),
    ...(routine.isStrict ? [] : names.map((parameter) => ({ kind: 'null', parameter }) as const)),
    ...names.flatMap((parameter) => tables.map((table) => ({ kind: 'value', table, parameter }) as const)),
  ];
}

/** What a body asks for that some callers do not have. */
export type AbsenceOfCaller = Extract<Absence, { readonly kind: 'claim' | 'row' }>;

/** @param isOfNamed is the row one of a group that the caller names, of which the row that everybody was given at sign-up says nothing? */
export function absencesOfCaller(
  graph: SchemaGraph,
  shape: RoutineShape,
  isOfNamed: (table: Table) => boolean = () => false,
): readonly AbsenceOfCaller[] {
  const tables = usersTablesRead(graph, shape);
  const rows = tables.filter(
    (each) => !isAccountTable(graph, each) && (!isGivenAtSignUp(graph, each) || isOfNamed(each)),
  );
  return [
    ...[...claimsAsked(graph, shape)].map((claim) => ({ kind: 'claim', claim }) as const),
    ...rows.map((table) => ({ kind: 'row', table }) as const),
  ];
}

function usersTablesRead(graph: SchemaGraph, shape: RoutineShape): readonly Table[] {
  return [...tablesRead(graph, shape)].flatMap((id): readonly Table[] => {
    const table = graph.find(id);
    return table?.kind === 'table' && isUsersOwn(graph, table) && table.isAssumed !== true ? [table] : [];
  });
}

/** Does a trigger of a table with a row for each user add to it: may everybody have a row there? */
export function isGivenAtSignUp(graph: SchemaGraph, table: Table): boolean {
  if (rowsProvisionedBy(graph, table.id).length > 0) return true;
  return writesTo(graph, table.id).some(({ holder, write }) => {
    if (holder.kind !== 'function' || write.kind !== 'insert') return false;
    return graph.dependentsOfKind(holder.id, 'trigger').some(({ relation }) => {
      const source = graph.find(relation);
      return source?.kind === 'table' && (isAuthUsers(source.name) || isAccountTable(graph, source));
    });
  });
}

function passedUnder(
  graph: SchemaGraph,
  shape: RoutineShape,
  absence: Absence,
  held: readonly ReachedRows[],
): Omit<UnansweredGuard, 'callers'> | undefined {
  const { block, expressions } = shape;
  if (block === null) return undefined;
  const parameter = 'parameter' in absence ? absence.parameter : undefined;
  const isIt = (node: Node, binding: Binding): boolean =>
    'ColumnRef' in node && variableOf(node, binding) === parameter;
  const given = absence.kind === 'null' ? null : Symbol(parameter);
  const also = knownWithout(graph, absence, given);
  const run = certainRun(
    shape,
    knownOfCaller(graph, shape, 'user', also),
    new Map(parameter === undefined ? [] : [[parameter, given]]),
  );
  if (run.end?.kind === 'raises') return undefined;
  const bindings = new Map(expressions.map((each) => [each.tree, each]));
  const asks = derivedFrom(
    block,
    expressions,
    (node, bound) =>
      isIt(node, bound) ||
      sourceOf(graph, node, bound) !== undefined ||
      usersFunction(graph, node, bound) !== undefined,
  );
  const reached = new Map(run.reached.map((each) => [each.statement, each.worthOf]));
  const passed: PassedGuard[] = [];
  // Of an IF that is passed by, what stands inside and only refuses is not asked.
  const refusing = new Set<PlStatement>();
  for (const { statement, parents } of eachStatement([block])) {
    if ([statement, ...parents].some((each) => refusing.has(each))) continue;
    const own = ownExpressions(statement).flatMap((each) => bindings.get(each.tree) ?? []);
    if (own.length < ownExpressions(statement).length) return undefined;
    if (!own.some((each) => asks(each.tree, each))) continue;
    if (own.some((each) => callsRefusing(graph, each))) return undefined;
    const worthOf = reached.get(statement);
    if (statement.kind === 'if') {
      const guards = worthOf && passedBranches(graph, statement, worthOf, bindings, asks);
      if (guards === undefined) return undefined;
      passed.push(...guards.passed);
      for (const each of guards.refusing) refusing.add(each);
    } else if (!ASKS_NOTHING.has(statement.kind) && statement.kind !== 'perform') return undefined;
    else if (statement.kind === 'sql' && statement.into?.strict === true) return undefined;
  }
  if (
    passed.length === 0 ||
    !mayAllBeWritten(graph, shape, reached, bindings, absence.kind === 'value' ? isIt : undefined)
  )
    return undefined;
  const rows = leftOpen(held, block, new Set(reached.keys()), bindings, asks);
  return rows && { absence, passed, rows };
}

/**
 * What is known where it is absent.
 * @param given what the argument is that is in no row
 */
export function knownWithout(graph: SchemaGraph, absence: Absence, given: symbol | null): AlsoKnown | undefined {
  if (absence.kind === 'null') return undefined;
  if (absence.kind === 'claim')
    return (node, binding) => (claimOfSome(node, binding) === absence.claim ? null : undefined);
  const { table, kind } = absence;
  return withoutRow(
    graph,
    ({ relation }) => relation === table.id,
    kind === 'row' || given === null ? SIGNED_IN : given,
  );
}

/**
 * The branches of an IF that are to refuse, and whose condition is NULL, and the IFs inside that only refuse as well; undefined where one that asks is not surely
 * passed by.
 */
function passedBranches(
  graph: SchemaGraph,
  { branches }: Extract<PlStatement, { readonly kind: 'if' }>,
  worthOf: (node: Node) => Folded,
  bindings: ReadonlyMap<Node, Bound>,
  asks: (node: Node | undefined, binding: Binding) => boolean,
): { readonly passed: readonly PassedGuard[]; readonly refusing: readonly PlStatement[] } | undefined {
  const passed: PassedGuard[] = [];
  const refusing: PlStatement[] = [];
  for (const { condition, body } of branches) {
    const bound = bindings.get(condition.tree);
    if (bound === undefined) return undefined;
    const asking = disjuncts(condition.tree).filter((each) => asks(each, bound));
    const worths = asking.map(worthOf);
    if (worths.some((each) => each !== null && each !== false)) return undefined;
    const at = worths.findIndex((worth, index) => worth === null && !isMetByFound(asking[index]));
    const inner = leaves(body) ? [] : refusalsIn(body);
    if (at < 0 || inner === undefined) continue;
    // Whom the conditions inside pass over as well, coming to them refuses nothing.
    const helper = helperIn(graph, asking[at], bound, worthOf);
    passed.push({ condition, helper }, ...inner.map((each) => ({ condition: each, helper })));
    if (inner.length > 0) refusing.push(...body);
  }
  return { passed, refusing };
}

/** The conditions of IFs that do nothing but refuse, and of those inside them; undefined where a list does anything else. */
function refusalsIn(list: readonly PlStatement[]): readonly PlExpression[] | undefined {
  const found: PlExpression[] = [];
  for (const each of list) {
    if (each.kind !== 'if' || each.else !== undefined) return undefined;
    for (const { condition, body } of each.branches) {
      const inner = leaves(body) ? [] : refusalsIn(body);
      if (inner === undefined) return undefined;
      found.push(condition, ...inner);
    }
  }
  return found;
}

/** `v_state = 'banned'`, `is_banned(p_room)`: refuses who is found to be something, so that whom nothing is found of is meant to pass. */
function isMetByFound(part: Node | undefined): boolean {
  const { boolop, args = [] } = fieldsOf(part, 'BoolExpr') ?? {};
  if (boolop !== undefined) return boolop === 'AND_EXPR' && args.every(isMetByFound);
  const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
  if (kind === undefined) return true;
  const isEqual = ['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY'].includes(kind) && stringsOf(name).at(-1) === '=';
  return isEqual && ![lexpr, rexpr].some((each) => constantOf(each) === 'false');
}

function helperIn(
  graph: SchemaGraph,
  part: Node | undefined,
  bound: Bound,
  worthOf: (node: Node) => Folded,
): Routine | null {
  let found: Routine | null = null;
  anyNode(part, (node) => {
    const called = worthOf(node) === null ? usersFunction(graph, node, bound) : undefined;
    found = called ?? found;
    return called !== undefined;
  });
  return found;
}

function usersFunction(graph: SchemaGraph, node: Node, bound: Binding): Routine | undefined {
  const called = calledFunction(graph, node, bound);
  return called !== undefined && isUsersOwn(graph, called) ? called : undefined;
}

export function callsRefusing(graph: SchemaGraph, bound: Bound): boolean {
  return anyNode(bound.tree, (node) => {
    const called = usersFunction(graph, node, bound);
    return called !== undefined && mayRaise(graph, called);
  });
}

/** May all be written as it then is: no NULL where the column takes none, nothing that is not there into a foreign key? */
export function mayAllBeWritten(
  graph: SchemaGraph,
  { writes }: Pick<RoutineShape, 'writes'>,
  reached: ReadonlyMap<PlStatement, (node: Node) => Folded>,
  bindings: ReadonlyMap<Node, Bound>,
  isAbsent: ((node: Node, binding: Binding) => boolean) | undefined,
): boolean {
  const worths = new Map(
    [...reached].flatMap(([statement, worthOf]) =>
      ownExpressions(statement).map(({ tree }) => [bindings.get(tree), worthOf] as const),
    ),
  );
  return writes.every(({ query, write }) => {
    const worthOf = worths.get(query.binding as Bound);
    const table = write.relation === null ? undefined : graph.find(write.relation);
    return [...write.sets, ...(write.onConflict?.sets ?? [])].every(({ column: id, value, from }) => {
      if (from === 'default' || value === null) return true;
      const column = id === null ? undefined : graph.get('column', id);
      const isKey = column !== undefined && graph.foreignKeysOf(column).length > 0;
      if (isKey && isAbsent !== undefined && anyNode(value, (node) => isAbsent(node, query.binding))) return false;
      if (worthOf !== undefined && worthOf(value) !== null) return true;
      if (worthOf === undefined && !anyNode(value, (node) => 'ColumnRef' in node || 'FuncCall' in node)) return true;
      if (column === undefined || table?.kind !== 'table') return false;
      const command = write.kind === 'insert' ? 'insert' : 'update';
      return isNullable(graph, column) && !isGuarded(graph, table, column, command);
    });
  });
}
