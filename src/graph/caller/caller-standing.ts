import type { Node, SelectStmt } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { capturedPaths } from '../names/captured-paths.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder } from '../query-shapes/column-under.ts';
import { type ComparedConstant, comparedConstants } from '../query-shapes/compared-constants.ts';
import { columnMeaning, variableOf } from '../query-shapes/operand.ts';
import { queriesOf } from '../query-shapes/queries-in.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { fromParts } from '../query-shapes/sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { calledBy, calledFrom } from './asked-routines.ts';
import { eitherTests } from './asked-values.ts';
import { isComparedWithCaller } from './caller-comparisons.ts';
import { asksCaller } from './caller-source.ts';
import { confirmedColumns } from './confirmed-columns.ts';
import { namedKeysOf, ownedKeysOf } from './owned-keys.ts';

type Policy = EntityOf<'policy'>;

/** A column of the caller's own row of a table by which a policy decides what the caller may do elsewhere. */
export interface Standing {
  /** The column by which the row is the caller's. */
  readonly user: EntityId;
  readonly column: EntityId;
  /** `value`: it has to be one of some constants (role = 'admin'); `row`: it says which rows the caller may reach (team_id). */
  readonly by: 'value' | 'row';
  /** The constants it has to be one of; empty where that is not so simple (level > 3). */
  readonly values: readonly string[];
  readonly policy: Policy;
  /** It lets the caller at what refers to the row itself, by a key of it, and at nothing that was there before the row. */
  readonly isOfItself: boolean;
  /** What is asked in one query is asked together. */
  readonly query: object;
  /** Where `user` holds the key of a row of the caller's, or is the key that such a row names, the column by which that row is: null where it holds the caller. */
  readonly through: EntityId | null;
}

/** What policies that are in force ask of the caller's own rows of a table, in subselects or through functions. */
export function standingsIn(graph: SchemaGraph, table: EntityId): readonly Standing[] {
  return byTable(graph).direct.get(table) ?? [];
}

/** The same of rows that hold the key of a row of the caller's, and of rows that such a row names. */
export function standingsThrough(graph: SchemaGraph, table: EntityId): readonly Standing[] {
  return byTable(graph).through.get(table) ?? [];
}

interface Standings {
  readonly direct: ReadonlyMap<EntityId, readonly Standing[]>;
  readonly through: ReadonlyMap<EntityId, readonly Standing[]>;
}

const byTable = askedOnce((graph): Standings => {
  const found = new Map<EntityId, Standing[]>();
  for (const policy of graph.ofKind('policy')) {
    const table = graph.find(policy.table);
    if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) continue;
    for (const clause of [policy.using, policy.check]) if (clause !== null) noteAsked(graph, found, policy, clause);
  }
  const those = (isMeant: (each: Standing) => boolean) =>
    new Map([...found].map(([table, all]) => [table, all.filter(isMeant)]));
  return { direct: those(isDirect), through: those((each) => !isDirect(each)) };
});

function isDirect({ through }: Standing): boolean {
  return through === null;
}

/** What a part of a policy's clause asks, of whatever table. */
export function askedStandings(graph: SchemaGraph, policy: Policy, part: BoundExpression): readonly Standing[] {
  const found = new Map<EntityId, Standing[]>();
  noteAsked(graph, found, policy, part);
  return [...found.values()].flat().filter(isDirect);
}

function noteAsked(
  graph: SchemaGraph,
  found: Map<EntityId, Standing[]>,
  policy: Policy,
  clause: BoundExpression,
): void {
  const compared = comparedOutputs(graph, clause.tree, clause);
  const table = graph.find(policy.table);
  const taken = table?.kind === 'table' ? capturedPaths(graph, clause, table) : [];
  // A name that another row took was not meant to be asked of that.
  const captured = taken.flatMap(({ node }) => columnMeaning(node, clause)?.column ?? []);
  const withItself = new Set([...comparedWithItself(clause.tree, clause), ...captured]);
  for (const query of queriesOf(graph, clause))
    note(graph, found, policy, query, { use: compared.get(innerOf(query.node)), withItself });
  const called = calledBy(
    graph,
    clause,
    { constants: [], isOther: (node) => isOfRowAlone(graph, clause, node) },
    new Map(),
  );
  for (const { routine, constants: byConstants, isOnlyTested, others } of called) {
    const { queries, block } = routineShape(graph, routine);
    // What PL/pgSQL selects it may look at before it returns.
    const use = isOnlyTested && block === null ? undefined : 'result';
    for (const query of queries) note(graph, found, policy, query, { use, byConstants, others });
  }
}

/** A column of the policy's row that the policy compares with nobody: whose row it is, and not who asks. */
function isOfRowAlone(graph: SchemaGraph, clause: BoundExpression, node: Node): boolean {
  const { column, isOuter = false } = columnMeaning(node, clause) ?? {};
  return isOuter && column !== undefined && !isComparedWithCaller(graph, clause, column);
}

/**
 * Is one of these queries all that an expression asks of the caller: it runs one of them, itself or in a function, and no function
 * that runs none? False where it runs none.
 */
export function asksBy(graph: SchemaGraph, part: BoundExpression, queries: ReadonlySet<object>): boolean {
  const isOurs = ({ node }: Query) => queries.has(node);
  const roots = callsOf(part).flatMap(({ function: called }) => (called?.id === undefined ? [] : [called.id]));
  const called = roots.map((target) => calledFrom(graph, target));
  const asking = called.filter((calls) => calls.length > 0);
  const ours = asking.filter((calls) => calls.some(({ routine }) => routineShape(graph, routine).queries.some(isOurs)));
  return ours.length === asking.length && (ours.length > 0 || queriesOf(graph, part).some(isOurs));
}

/** What becomes of the output of a query: compared with the caller, with something else, given back, or not looked at (EXISTS). */
type OutputUse = 'caller' | 'compared' | 'result' | undefined;

function comparedOutputs(graph: SchemaGraph, tree: Node, binding: Binding): ReadonlyMap<object, OutputUse> {
  const uses = new Map<object, OutputUse>();
  for (const { subLinkType, subselect, testexpr } of nodesOf(tree, 'SubLink')) {
    if (subselect === undefined || subLinkType === 'EXISTS_SUBLINK') continue;
    const isCaller = testexpr !== undefined && asksCaller(graph, testexpr, binding);
    uses.set(innerOf(subselect), isCaller ? 'caller' : 'compared');
  }
  return uses;
}

interface Asked {
  readonly use: OutputUse;
  readonly byConstants?: readonly string[];
  readonly others?: ReadonlySet<string>;
  readonly withItself?: ReadonlySet<EntityId>;
}

const NONE: ReadonlySet<EntityId> = new Set();

/** `p.email in (select email from profiles …)`: what is compared with the same column has any value. */
function comparedWithItself(tree: Node, binding: Binding): ReadonlySet<EntityId> {
  const found = new Set<EntityId>();
  for (const { subselect, testexpr } of nodesOf(tree, 'SubLink')) {
    if (testexpr === undefined) continue;
    const [only] = fieldsOf(subselect, 'SelectStmt')?.targetList ?? [];
    const [tested, given] = [testexpr, fieldsOf(only, 'ResTarget')?.val].map(
      (each) => columnMeaning(each, binding)?.column,
    );
    if (tested !== undefined && tested === given) found.add(tested);
  }
  return found;
}

function note(
  graph: SchemaGraph,
  found: Map<EntityId, Standing[]>,
  policy: Policy,
  query: Query,
  { use, byConstants = [], others = new Set(), withItself = NONE }: Asked,
): void {
  const select = fieldsOf(query.node, 'SelectStmt');
  if (select === undefined) return;
  const outputs = (select.targetList ?? []).flatMap((each) => {
    const meaning = columnUnder(fieldsOf(each, 'ResTarget')?.val, query.binding)?.meaning;
    return meaning?.level === 0 && meaning.column !== undefined ? [meaning.column] : [];
  });
  const conditions = conditionsOf(query, select);
  const confirmed = confirmedColumns(graph, query.binding, conditions);
  const isLeftOut = (column: EntityId) => withItself.has(column) || confirmed.has(column);
  const keyed = keyedByCaller(graph, query, conditions, others);
  const callers = [
    ...keyed,
    ...keyedByAccount(graph, query, conditions, keyed),
    ...(use === 'caller' ? outputs.slice(0, 1) : []),
  ];
  const users = [
    ...callers.map((column) => ({ column, through: null })),
    ...ownedKeysOf(graph, query, conditions, callers),
    ...namedKeysOf(graph, query, callers),
  ];
  for (const { column: user, through } of users) {
    const of = graph.find(user);
    const relation = of?.kind === 'column' ? graph.find(of.relation) : undefined;
    if (relation?.kind !== 'table' || !isUsersOwn(graph, relation)) continue;
    const source = query.sources.find((each) => each.relation === relation.id && !each.isTarget);
    const told = use === 'compared' || use === 'result' ? outputs : [];
    const joined = (source?.tests ?? []).flatMap(({ column, kind, constants }) =>
      kind === 'equal' && constants.length === 0 && column !== user ? [column] : [],
    );
    const isOfItself = [...told, ...joined].some((id) => isKeyOf(graph, id, relation.id));
    const about = { user, policy, query: query.node, isOfItself, through };
    for (const { column, kind, constants } of source?.tests ?? []) {
      if (column === user || isLeftOut(column) || kind === 'isNull' || kind === 'isNotNull') continue;
      const isListed = (kind === 'equal' || kind === 'in') && constants.length > 0;
      const values = isListed ? constants : constants.length > 0 ? [] : byConstants;
      const by = byConstants.length + constants.length > 0 ? 'value' : 'row';
      addTo(found, relation.id, { ...about, column, by, values });
    }
    for (const { column, constants, isAsked } of eitherTests(select, query.binding)) {
      if (column === user || graph.get('column', column).relation !== relation.id) continue;
      const values = isAsked ? [...constants, ...byConstants] : constants;
      addTo(found, relation.id, { ...about, column, by: 'value', values });
    }
    if (use !== 'compared' && use !== 'result') continue;
    const tested = comparedInOutputs(select, query.binding);
    for (const { column, constant } of tested)
      if (column !== user && graph.get('column', column).relation === relation.id)
        addTo(found, relation.id, { ...about, column, by: 'value', values: [constant] });
    for (const column of outputs) {
      const { relation: home, type } = graph.get('column', column);
      if (column === user || isLeftOut(column) || home !== relation.id) continue;
      // Yes or no is no key of rows.
      const by = byConstants.length > 0 || typeClass(graph, type) === 'boolean' ? 'value' : 'row';
      addTo(found, relation.id, { ...about, column, by, values: byConstants });
    }
  }
}

function isKeyOf(graph: SchemaGraph, id: EntityId, relation: EntityId): boolean {
  const column = graph.get('column', id);
  return column.relation === relation && isUniqueAlone(graph, column);
}

/** `select role in ('admin', 'owner') from profiles where …`: each constant by itself. */
function comparedInOutputs({ targetList = [] }: SelectStmt, binding: Binding): readonly ComparedConstant[] {
  return targetList.flatMap((each) => {
    const value = fieldsOf(each, 'ResTarget')?.val;
    return value === undefined ? [] : comparedConstants(value, binding);
  });
}

/** What AND connects in the WHERE of a query and the ONs of its joins. */
function conditionsOf({ binding }: Query, { fromClause, whereClause }: SelectStmt): readonly Node[] {
  return [whereClause, ...fromParts(undefined, fromClause, binding).conditions].flatMap(conjuncts);
}

/** The columns of a query's own sources that must equal the caller, perhaps but for case or NULL; in a function also a parameter, which policies fill with the caller. */
function keyedByCaller(
  graph: SchemaGraph,
  { binding }: Query,
  conditions: readonly Node[],
  others: ReadonlySet<string>,
): readonly EntityId[] {
  return conditions.flatMap(equalSides).flatMap(([own, other]) => {
    const meaning = columnUnder(own, binding)?.meaning;
    if (meaning?.level !== 0 || meaning.column === undefined || !meaning.isDirect) return [];
    const variable = variableOf(other, binding);
    const isCaller = asksCaller(graph, other, binding) || (isUserVariable(variable) && !others.has(variable ?? ''));
    return isCaller ? [meaning.column] : [];
  });
}

/** What has to equal something in the caller's own row of auth.users: `join auth.users u on lower(u.email) = lower(i.email) where u.id = auth.uid()`. */
function keyedByAccount(
  graph: SchemaGraph,
  { binding }: Query,
  conditions: readonly Node[],
  keyed: readonly EntityId[],
): readonly EntityId[] {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  const isOfUsers = (id: EntityId) => graph.get('column', id).relation === users?.id;
  if (users === undefined || !keyed.some(isOfUsers)) return [];
  return conditions.flatMap(equalSides).flatMap(([own, other]) => {
    const [mine, theirs] = [own, other].map((each) => columnUnder(each, binding)?.meaning);
    if (mine?.level !== 0 || mine.column === undefined || !mine.isDirect || isOfUsers(mine.column)) return [];
    return theirs?.level === 0 && theirs.column !== undefined && isOfUsers(theirs.column) ? [mine.column] : [];
  });
}

/** A parameter that is called like a user, or auth.uid() kept in a variable. */
export function isUserVariable(name: string | null): boolean {
  return name !== null && /(?:^|_)(?:user|uid|profile|member|caller|account)(?:_?(?:id|uuid|uid))?$/i.test(name);
}
