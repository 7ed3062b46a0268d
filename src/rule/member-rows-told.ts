import type { EntityOf } from '../graph/entities/index.ts';
import { movedRows, raisedRank } from '../graph/own-rows/member-rows.ts';
import type { OwnRowWrite } from '../graph/own-rows/own-row-writes.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import { clientsOf, policyOf } from './client-prose.ts';
import { relatedAt } from './finding.ts';
import { otherColumnsOnly } from './other-columns-only.ts';
import { andList, brief, orList } from './prose.ts';

type Policy = EntityOf<'policy'>;

/** What members write in rows of their group by a policy, by which others let them in; the text of what keeps such a write from working today. */
export interface MemberRows {
  readonly graph: SchemaGraph;
  readonly policy: Policy;
  readonly clientRoles: readonly string[];
  readonly todayOf: (write: Pick<OwnRowWrite, 'access' | 'command'>) => string;
}

/** As self-granted-access reports it, and of which column: what a row of the group is put under, and the rank that those below it take. */
export function toldOfMemberRows({ graph, policy, clientRoles, todayOf }: MemberRows) {
  const table = brief(graph.get('table', policy.table).name);
  const moved = movedRows(graph, policy, clientRoles).map(({ write, column, parent, deciders }) => {
    const today = todayOf(write);
    const told = {
      message: 'regrouped' as const,
      discriminator: column.name,
      data: {
        ...about(graph, policy, write, deciders),
        column: quoteIdentifier(column.name),
        table,
        parent: brief(parent.name),
        today,
      },
      severity: today === '' ? ('high' as const) : ('medium' as const),
      confidence: 'likely' as const,
      related: placesOf(deciders),
      fix: () => otherColumnsOnly(graph, policy, write, [column], clientRoles),
    };
    return { column: column.id, told };
  });
  const raised = raisedRank(graph, policy, clientRoles);
  if (raised === undefined) return moved;
  const { write, column, lower, higher, deciders, isInGroup } = raised;
  const own = {
    message: 'raised' as const,
    discriminator: column.name,
    data: {
      ...about(graph, policy, write, deciders),
      column: quoteIdentifier(column.name),
      table,
      lower: orList(lower.map(quoteLiteral)),
      higher: quoteLiteral(higher),
      where: isInGroup ? ' in a group' : '',
      its: isInGroup ? 'its ' : '',
      today: todayOf(write),
    },
    severity: 'medium' as const,
    confidence: 'likely' as const,
    related: placesOf(deciders),
  };
  return [...moved, { column: column.id, told: own }];
}

function about(graph: SchemaGraph, policy: Policy, { access }: OwnRowWrite, deciders: readonly Policy[]) {
  return {
    policy: quoteIdentifier(policy.name),
    clients: clientsOf(access),
    deciders: andList(
      deciders.map((each) => policyOf(graph, each)),
      2,
    ),
    admit: deciders.length === 1 ? 'admits' : 'admit',
  };
}

function placesOf(deciders: readonly Policy[]) {
  return deciders.slice(0, 3).flatMap((each) => relatedAt(each, `the policy ${quoteIdentifier(each.name)}`));
}
