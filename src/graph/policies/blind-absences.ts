import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, type NodeTag, stringsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { askedStandings } from '../caller/caller-standing.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import { isRank } from '../caller/standing-alone.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { mayHaveUniqueKeyOf } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning, constantOf, namesRowOutside } from '../query-shapes/operand.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { seesEveryRow } from './open-reading.ts';
import { admittingPolicies, asksForRowOfEveryone, policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A policy that lets clients add a row only while another is not there yet, but looks for that with their own rights, by which they do not see it. */
export interface BlindAbsence {
  readonly policy: Policy;
  readonly access: readonly ClientAccess[];
  /** Columns of the new row that must equal the caller. */
  readonly tied: readonly EntityId[];
  readonly absence: Absence;
  /** By what they see rows of the table that is looked into; empty where they see none. */
  readonly showing: readonly Policy[];
}

/** The condition that a table has no row of a kind. */
export interface Absence {
  readonly condition: BoundExpression;
  readonly table: Table;
  /** The columns that must be as in the new row, and those of the new row. */
  readonly pairs: readonly { readonly own: Column; readonly row: Column }[];
  /** The columns that must equal the caller. */
  readonly callers: readonly EntityId[];
  /** It asks for nothing but that. */
  readonly isPlain: boolean;
}

/** What the policy takes for free as the clients for whom it is do not see who has it. */
export function blindAbsence(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): BlindAbsence | undefined {
  const asked = policy.check ?? policy.using;
  if (asked === null || !anyNode(asked.tree, seeks)) return undefined;
  const target = graph.get('table', policy.table);
  const audience = policyAudience(graph, policy, clientRoles);
  const isMet = (part: BoundExpression) =>
    absenceIn(graph, part) !== undefined || looksOnlyAtOpen(graph, part, audience);
  for (const { command, access, way, tied } of ownRowWrites(graph, policy, clientRoles, isMet)) {
    if (command !== 'insert') continue;
    for (const part of way) {
      const absence = absenceIn(graph, part);
      if (absence === undefined || isKeptByKey(graph, target, absence)) continue;
      if (absence.pairs.some(({ row }) => isGuarded(graph, target, row, 'insert'))) continue;
      const known = new Set([
        ...absence.callers,
        ...absence.pairs.flatMap(({ own, row }) => (tied.includes(row.id) ? [own.id] : [])),
      ]);
      const blind = access.filter((each) => isBlind(graph, absence.table, each, known));
      const [first] = blind;
      if (first === undefined) continue;
      return {
        policy,
        access: blind,
        tied,
        absence,
        showing: admittingPolicies(graph, absence.table, 'select', first),
      };
    }
  }
  return undefined;
}

/** A condition that looks up only what all of them see, and nothing by who asks: it is met, or not, for all alike. */
function looksOnlyAtOpen(graph: SchemaGraph, part: BoundExpression, access: readonly ClientAccess[]): boolean {
  if (asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part)) return false;
  const relations = nodesOf(part.tree, 'RangeVar').map((range) => tableOf(graph, { RangeVar: range }, part));
  const isOpen = (table: Table | undefined) =>
    table !== undefined && access.every((each) => seesEveryRow(graph, each, table) === true);
  return relations.length > 0 && relations.every(isOpen);
}

/** `not exists (select …)`, `x not in (select …)`, `(select count(*) …) = 0`, of one table and by conditions that are understood. */
export function absenceIn(graph: SchemaGraph, part: BoundExpression): Absence | undefined {
  const found = soughtBy(part.tree);
  if (found === undefined) return undefined;
  const { select, compared } = found;
  const [from, ...more] = select.fromClause ?? [];
  const table = from && more.length === 0 ? tableOf(graph, from, part) : undefined;
  if (table === undefined || Object.keys(select).some((each) => !PLAIN.has(each))) return undefined;
  const pairs: { own: Column; row: Column }[] = [];
  const callers: EntityId[] = [];
  let isPlain = true;
  const column = (node: Node | undefined, isOuter: boolean): Column | undefined => {
    const meaning = columnMeaning(node, part);
    const isMeant = meaning?.column !== undefined && meaning.isOuter === isOuter && (isOuter || meaning.level === 0);
    return isMeant ? graph.get('column', meaning.column) : undefined;
  };
  const note = (own: Column | undefined, other: Node | undefined): boolean => {
    const row = column(other, true);
    if (own === undefined || own.relation !== table.id) return false;
    if (row !== undefined) pairs.push({ own, row });
    else if (other !== undefined && !namesRowOutside(other, part) && asksCaller(graph, other, part))
      callers.push(own.id);
    else return false;
    return true;
  };
  if (compared !== undefined && !note(column(compared.inner, false), compared.outer)) return undefined;
  for (const each of conjuncts(select.whereClause)) {
    if (equalSides(each).some(([own, other]) => note(column(own, false), other))) continue;
    isPlain = false;
    // What looks for another row as well only finds fewer.
    const isMore = fieldsOf(each, 'SubLink')?.subLinkType === 'EXISTS_SUBLINK';
    const isUnclear =
      asksCaller(graph, each, part) || (!isMore && anyNode(each, (_, tag) => tag === 'SubLink' || tag === 'BoolExpr'));
    if (isUnclear || callsUsersFunction(graph, boundPart(part, each))) return undefined;
  }
  return { condition: part, table, pairs, callers, isPlain };
}

const PLAIN: ReadonlySet<string> = new Set([
  'targetList',
  'fromClause',
  'whereClause',
  'limitOption',
  'limitCount',
  'op',
]);

export function seeks(node: Node, tag: NodeTag): boolean {
  return (tag === 'BoolExpr' || tag === 'A_Expr') && soughtBy(node) !== undefined;
}

function soughtBy(node: Node) {
  const { boolop, args } = fieldsOf(node, 'BoolExpr') ?? {};
  if (boolop === 'NOT_EXPR') {
    const { subLinkType, subselect, testexpr } = fieldsOf(args?.[0], 'SubLink') ?? {};
    const select = fieldsOf(subselect, 'SelectStmt');
    if (select === undefined || (subLinkType !== 'EXISTS_SUBLINK' && subLinkType !== 'ANY_SUBLINK')) return undefined;
    const inner = fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
    return { select, compared: subLinkType === 'ANY_SUBLINK' ? { inner, outer: testexpr } : undefined };
  }
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const operator = kind === 'AEXPR_OP' ? (stringsOf(name).at(-1) ?? '') : '';
  if (constantOf(rexpr) !== ({ '=': '0', '<': '1' } as Record<string, string>)[operator]) return undefined;
  const { subLinkType, subselect } = fieldsOf(lexpr, 'SubLink') ?? {};
  const select = subLinkType === 'EXPR_SUBLINK' ? fieldsOf(subselect, 'SelectStmt') : undefined;
  const counted = fieldsOf(fieldsOf(select?.targetList?.[0], 'ResTarget')?.val, 'FuncCall');
  return select !== undefined && writtenName(counted?.funcname).name === 'count'
    ? { select, compared: undefined }
    : undefined;
}

function tableOf(graph: SchemaGraph, node: Node, { meanings }: BoundExpression): Table | undefined {
  const range = fieldsOf(node, 'RangeVar');
  const source = range && meanings.get(range);
  const table = source?.kind === 'source' && source.relation !== undefined ? graph.find(source.relation) : undefined;
  return table?.kind === 'table' ? table : undefined;
}

/** Does a unique key refuse the second row, whatever the policy sees? A partial one is taken for one that does. */
function isKeptByKey(graph: SchemaGraph, target: Table, { table, pairs }: Absence): boolean {
  if (table !== target) return false;
  const same = new Set(pairs.flatMap(({ own, row }) => (own === row ? [own.id] : [])));
  return mayHaveUniqueKeyOf(graph, table.id, same);
}

/** May the client read the table, while each of its policies shows rows only to those whom it names, and not for what is known of the rows looked for? */
export function isBlind(
  graph: SchemaGraph,
  table: Table,
  { name, role }: ClientAccess,
  known: ReadonlySet<EntityId>,
): boolean {
  if (!table.rowSecurity || table.isAssumed === true || !isUsersOwn(graph, table)) return false;
  if (graph.isDoubtful(table, ['rowSecurity', 'policies', 'privileges'])) return false;
  if (!mayAnyColumn(graph, role, table, 'r')) return false;
  return admittingPolicies(graph, table, 'select', { name, role }).every((policy) => {
    const ways = policy.using === null ? undefined : waysOf(policy.using);
    const isHidden = (part: BoundExpression) => hides(graph, part, known) || asksForRank(graph, policy, part);
    return ways?.every((way) => way.some(isHidden)) ?? false;
  });
}

/** Is the condition false for whoever is no more than a member of something, whosever the row is: a rank that another table holds? */
function asksForRank(graph: SchemaGraph, policy: Policy, part: BoundExpression): boolean {
  return askedStandings(graph, policy, part).some(
    (each) =>
      isRank(graph, each) &&
      graph.get('column', each.column).relation !== policy.table &&
      !each.values.some((value) => isNamed(value, ORDINARY)),
  );
}

/** What everybody is who has to do with something. */
const ORDINARY: NamePatterns = [
  ...[
    '*_member',
    '*_user',
    '*_viewer',
    '*_reader',
    '*_guest',
    '*_participant',
    '*_volunteer',
    '*_player',
    '*_subscriber',
  ],
  ...['*_student', '*_learner', '*_customer', '*_client', '*_attendee', '*_employee', '*_contributor', '*_follower'],
];

/**
 * Is the condition false for whoever has nothing to do with the row, or is not somebody special? Where the row looked for is the caller's by one of
 * its columns, membership may rest on that very row.
 */
function hides(graph: SchemaGraph, part: BoundExpression, known: ReadonlySet<EntityId>): boolean {
  const compared = callerComparisons(graph, part).filter(({ via }) => via !== 'otherTable');
  if (compared.length > 0)
    return compared.every(({ column, via }) => !known.has(column) && (known.size === 0 || via === 'value'));
  if (known.size > 0 || namesRowOutside(part.tree, part) || !asksCaller(graph, part.tree, part)) return false;
  return !isOpenToSignedIn(part) && !asksForRowOfEveryone(graph, part);
}
