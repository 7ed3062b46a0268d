import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownColumns } from '../own-column.ts';
import { partOf } from '../policies/alternatives.ts';
import { decidingClause } from '../policies/policy-clauses.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedStandings, type Standing } from './caller-standing.ts';

/** What few users are, and each of them by the word of another. */
const RANKS: NamePatterns = [
  ...['*_role_*', '*_roles_*', '*_admin_*', '*_staff_*', '*_superuser_*', '*_moderator_*', '*_permission_*'],
];

/**
 * What the caller has to be for the policy to let anybody in: each way through its clause asks for a role that the caller's own row
 * of a table holds (`user_roles.role` is 'admin'), whatever the policy's row. Undefined where it lets others in as well, or that cannot be told.
 */
export function standingsAlone(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  command: RowCommand,
): readonly Standing[] | undefined {
  const clause = decidingClause(policy, command);
  const ways = clause === null ? undefined : waysThrough(clause.tree);
  if (clause === null || ways === undefined) return undefined;
  const asked = ways.map((way) =>
    way.flatMap((tree) => {
      const part = partOf(clause, tree);
      // NOT lets in whoever is anything else.
      if ('BoolExpr' in tree || ownColumns(tree, clause).size > 0) return [];
      return askedStandings(graph, policy, part).filter((each) => isRank(graph, each));
    }),
  );
  return asked.some((each) => each.length === 0) ? undefined : asked.flat();
}

/** Does it ask for one of some values that few users have: `role` is 'admin'? */
export function isRank(graph: SchemaGraph, { by, column, values }: Standing): boolean {
  return by === 'value' && values.length > 0 && isNamed(graph.get('column', column).name, RANKS);
}
