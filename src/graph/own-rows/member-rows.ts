import type { BoundExpression } from '../bound-expression.ts';
import { type AskedMembership, askedMembership } from '../caller/asked-membership.ts';
import { type Standing, standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import { isTopRank } from '../lexicon/rank-names.ts';
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
