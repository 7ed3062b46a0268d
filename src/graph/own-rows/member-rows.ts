import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { askedMembership } from '../caller/asked-membership.ts';
import { askedStandings, type Standing, standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { groupedBy } from '../grouping.ts';
import { isSuperAdmin, isTopRank } from '../lexicon/rank-names.ts';
import { columnsNamed } from '../own-column.ts';
import { clausesOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { decides } from './free-standings.ts';
import { namedStandings } from './named-standings.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A key by which members may put a row of theirs under any row of another table, whose policies then let them in. */
export interface MovedRow {
  readonly write: OwnRowWrite;
  readonly column: Column;
  readonly parent: EntityOf<'table'>;
  readonly deciders: readonly Policy[];
}

/** What `namedStandings` finds where the policies are those of what the row stands under: its members say under which row theirs stands. */
export function movedRows(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly MovedRow[] {
  return namedStandings(graph, policy, clientRoles).flatMap(({ write, free }): readonly MovedRow[] => {
    const ofParent = free.filter((each) => refersTo(graph, each));
    return [...groupedBy(ofParent, ({ column }) => column)].map(([id, standings]) => {
      const deciders = [...new Set(standings.map((each) => each.policy))];
      const [first] = deciders;
      const parent = graph.get('table', first?.table ?? policy.table);
      return { write, column: graph.get('column', id), deciders, parent };
    });
  });
}

/** Is the column a key to the table of the policy, whose rows name none of the column's table? */
function refersTo(graph: SchemaGraph, { column, policy }: Standing): boolean {
  const { relation } = graph.get('column', column);
  const refersBack = graph.ownedBy(policy.table, 'foreignKey').some((each) => each.referencedTable === relation);
  return (
    !refersBack &&
    graph
      .foreignKeysOf(graph.get('column', column))
      .some(({ columns, referencedTable }) => columns.length === 1 && referencedTable === policy.table)
  );
}

/** A rank that those of a lower one may give themselves. */
export interface RaisedRank {
  readonly write: OwnRowWrite;
  readonly column: Column;
  /** What the policy lets write, although it is less. */
  readonly lower: readonly string[];
  readonly higher: string;
  readonly deciders: readonly Policy[];
  /** It is a rank in a group, whose rows alone they write. */
  readonly isInGroup: boolean;
}

/**
 * A policy that lets whoever has one of some ranks in a group change the rows that say who has which (`is_team_admin(team_id)`: owner or admin), while
 * others let in the owner alone: an administrator becomes one by one UPDATE. Where there are no groups only that of a super administrator is surely above.
 */
export function raisedRank(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): RaisedRank | undefined {
  const isMet = (part: BoundExpression) => ownRankAsked(graph, policy, part) !== undefined;
  for (const write of ownRowWrites(graph, policy, clientRoles, isMet, isMet)) {
    if (write.command !== 'update') continue;
    const asked = write.way.flatMap((part) => ownRankAsked(graph, policy, part) ?? []);
    const isInGroup = asked.some((each) => each.isOfGroup);
    const isHighest = isInGroup ? isTopRank : isSuperAdmin;
    for (const [id, values] of asked.flatMap(({ ranks }) => [...ranks])) {
      const column = graph.get('column', id);
      const lower = values.filter((each) => !isHighest(each));
      if (lower.length === 0 || !write.leavesFree(column)) continue;
      const higher = standingsIn(graph, policy.table).filter(
        (each) => each.column === id && each.values.length > 0 && each.values.every(isHighest),
      );
      const deciding = higher.filter(
        (each) => each.policy !== policy && decides(graph, each.policy, clientRoles) && isAlone(graph, each, lower),
      );
      const [value] = deciding.flatMap((each) => each.values);
      const deciders = [...new Set(deciding.map((each) => each.policy))];
      if (value !== undefined) return { write, column, lower, higher: value, deciders, isInGroup };
    }
  }
  return undefined;
}

/** Does no other policy for the same let in those of a lower rank, and does this one ask for its own, not for any other? */
function isAlone(graph: SchemaGraph, { column, policy }: Standing, lower: readonly string[]): boolean {
  const isTurned = clausesOf(policy).some(
    ({ expression: { tree } }) =>
      nodesOf(tree, 'A_Expr').some(({ name }) => stringsOf(name).at(-1) === '<>') ||
      nodesOf(tree, 'BoolExpr').some(({ boolop }) => boolop === 'NOT_EXPR'),
  );
  const isLower = (each: Standing) =>
    each.policy !== policy &&
    each.policy.table === policy.table &&
    (each.policy.command === 'all' || each.policy.command === policy.command) &&
    each.values.some((value) => lower.includes(value));
  return !isTurned && !standingsIn(graph, graph.get('column', column).relation).some((each) => isLower(each));
}

/** What a condition asks of the caller's own row in the policy's table. */
interface OwnRank {
  /** The columns that have to be one of some constants. */
  readonly ranks: ReadonlyMap<EntityId, readonly string[]>;
  /** It says that the row that is written is of the caller's group. */
  readonly isOfGroup: boolean;
}

function ownRankAsked(graph: SchemaGraph, policy: Policy, part: BoundExpression): OwnRank | undefined {
  const asked = askedMembership(graph, part);
  if (asked === undefined) return ownValueAsked(graph, policy, part);
  const joins = [...asked.joins];
  if (asked.relation !== policy.table || !asked.isWhole || !joins.every(([inner, own]) => inner === own))
    return undefined;
  const ranks = new Map([...asked.values].map(([id, { constants }]) => [id, constants]));
  return { ranks, isOfGroup: joins.length > 0 };
}

/** `my_role() in ('admin', 'owner')`, `team_id = my_team()`: functions that give what stands in the caller's own row. */
function ownValueAsked(graph: SchemaGraph, policy: Policy, part: BoundExpression): OwnRank | undefined {
  const { kind, name } = fieldsOf(part.tree, 'A_Expr') ?? {};
  const isEqual = stringsOf(name).at(-1) === '=' && kind !== undefined && EQUALITIES.has(kind);
  const standings = isEqual ? askedStandings(graph, policy, part) : [];
  const isOwn = standings.every((each) => graph.get('column', each.column).relation === policy.table);
  if (standings.length === 0 || !isOwn) return undefined;
  const [named, another] = columnsNamed(part);
  if (named === undefined) {
    const ranks = standings.filter(({ by, values }) => by === 'value' && values.length > 0);
    return ranks.length === 0
      ? undefined
      : { ranks: new Map(ranks.map(({ column, values }) => [column, values])), isOfGroup: false };
  }
  const isTied = another === undefined && standings.some(({ column, by }) => column === named && by === 'row');
  return isTied ? { ranks: new Map(), isOfGroup: true } : undefined;
}

const EQUALITIES: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_OP_ANY', 'AEXPR_IN']);
