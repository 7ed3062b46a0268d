import type { BoundExpression } from '../bound-expression.ts';
import { type AskedMembership, askedMembership } from '../caller/asked-membership.ts';
import { type Standing, standingsIn, standingsThrough } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isTopRank } from '../lexicon/rank-names.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { decides, freeStandings } from './free-standings.ts';
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

/**
 * Rows that are the caller's because a membership names them (`id in (select team_id from members where user_id = auth.uid())`), and what they name
 * beside it: where policies of that table let in whoever is a member of a row under theirs, its members say under which row theirs stands. Not where the
 * rows of that table name the row in their turn, nor what only values of the row decide: those are the group's to set.
 */
export function movedRows(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly MovedRow[] {
  const table = graph.get('table', policy.table);
  const asked = standingsThrough(graph, table.id).filter(
    (each) => each.policy.table !== table.id && each.by === 'row' && refersTo(graph, each),
  );
  const standings = asked.filter((each) => decides(graph, each.policy, clientRoles));
  if (standings.length === 0) return [];
  const isTie = (part: BoundExpression) => rowNamed(graph, part) !== undefined;
  return ownRowWrites(graph, policy, clientRoles, isTie, isTie).flatMap((write): readonly MovedRow[] => {
    if (write.command !== 'update') return [];
    const named = write.way.flatMap((each) => rowNamed(graph, each) ?? []);
    const ours = standings.filter((each) => named.some(({ key, user }) => each.user === key && each.through === user));
    const tied = { ...write, tied: [...write.tied, ...named.map(({ key }) => key)] };
    const free = freeStandings(graph, table, tied, ours, clientRoles);
    return [...new Set(free.map(({ column }) => column))].map((id) => {
      const column = graph.get('column', id);
      const deciders = [...new Set(free.filter((each) => each.column === id).map((each) => each.policy))];
      const [first] = deciders;
      return { write, column, deciders, parent: graph.get('table', first?.table ?? table.id) };
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

/** The key of the policy's row that a membership of the caller's has to name, and by which column that is the caller's. */
function rowNamed(
  graph: SchemaGraph,
  part: BoundExpression,
): { readonly key: EntityId; readonly user: EntityId } | undefined {
  const asked = askedMembership(graph, part);
  for (const own of asked?.joins.values() ?? [])
    if (asked !== undefined && isUniqueAlone(graph, graph.get('column', own))) return { key: own, user: asked.user };
  return undefined;
}

/** A rank that those of a lower one may give themselves. */
export interface RaisedRank {
  readonly write: OwnRowWrite;
  readonly column: Column;
  /** What the policy lets write, although it is less. */
  readonly lower: readonly string[];
  readonly higher: string;
  readonly deciders: readonly Policy[];
}

/**
 * A policy that lets whoever has one of some ranks in a group change the rows that say who has which (`is_team_admin(team_id)`: owner or admin), while
 * others let in the owner alone: an administrator becomes one by one UPDATE.
 */
export function raisedRank(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): RaisedRank | undefined {
  const isTie = (part: BoundExpression) => sameGroup(graph, policy, part) !== undefined;
  for (const write of ownRowWrites(graph, policy, clientRoles, isTie, isTie)) {
    if (write.command !== 'update') continue;
    for (const part of write.way) {
      for (const [id, { constants }] of sameGroup(graph, policy, part)?.values ?? []) {
        const column = graph.get('column', id);
        const lower = constants.filter((each) => !isTopRank(each));
        if (lower.length === 0 || !write.leavesFree(column)) continue;
        const higher = standingsIn(graph, policy.table).filter(
          (each) => each.column === id && each.values.length > 0 && each.values.every(isTopRank),
        );
        const deciding = higher.filter((each) => each.policy !== policy && decides(graph, each.policy, clientRoles));
        const [value] = deciding.flatMap(({ values }) => values);
        const deciders = [...new Set(deciding.map((each) => each.policy))];
        if (value !== undefined) return { write, column, lower, higher: value, deciders };
      }
    }
  }
  return undefined;
}

/** What a condition asks of the caller's own row in the same table, about the same group. */
function sameGroup(graph: SchemaGraph, policy: Policy, part: BoundExpression): AskedMembership | undefined {
  const asked = askedMembership(graph, part);
  if (asked === undefined || asked.relation !== policy.table || !asked.isWhole) return undefined;
  const joins = [...asked.joins];
  return joins.length > 0 && joins.every(([inner, own]) => inner === own) ? asked : undefined;
}
