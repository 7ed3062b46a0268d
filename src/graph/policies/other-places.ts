import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { type RowScope, rowScope } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isInWiderKey } from '../keys/wider-keys.ts';
import { columnsNamed } from '../own-column.ts';
import { findsCallersKey, isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows that are added by one place of the caller's, and read by another that nothing asks about. */
export interface OtherPlace {
  readonly access: readonly ClientAccess[];
  /** By which whoever adds a row belongs. */
  readonly asked: readonly Column[];
  /** By which whoever reads it belongs, and which the client may choose. */
  readonly columns: readonly Column[];
  readonly readers: readonly Policy[];
}

/**
 * INSERT asks whether the box is the caller's, SELECT whether the home is. None where a policy for INSERT, a trigger, a grant or a foreign key over several
 * columns says anything of the second, and where it says who the row's author is.
 */
export function otherPlace(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): OtherPlace | undefined {
  if (!policy.isPermissive || (policy.command !== 'insert' && policy.command !== 'all')) return undefined;
  const table = graph.get('table', policy.table);
  const found = policyAudience(graph, policy, clientRoles).flatMap((access) => {
    if (!access.commands.includes('insert')) return [];
    const adding = rowScope(graph, table, 'insert', access.role);
    const reading = rowScope(graph, table, 'select', access.role);
    if (adding === undefined || reading === undefined || !adding.policies.includes(policy)) return [];
    const named = new Set(
      policiesFor(graph, table, 'insert', access.role).flatMap(({ check, using }) => {
        const clause = check ?? using;
        return clause === null ? [] : [...columnsNamed(clause)];
      }),
    );
    const columns = reading.columns
      .filter((id) => !named.has(id) && !isInWiderKey(graph, policy.table, id) && isPlace(graph, reading, id))
      .map((id) => graph.get('column', id))
      .filter((each) => !isUniqueAlone(graph, each) && isLeftTo(graph, table, each, 'insert', access));
    return columns.length === 0 ? [] : [{ access, adding, reading, columns }];
  });
  const [first] = found;
  return (
    first && {
      access: found.map(({ access }) => access),
      asked: first.adding.columns.map((id) => graph.get('column', id)),
      columns: first.columns,
      readers: first.reading.policies,
    }
  );
}

/** Is it something that the caller belongs to, and not the caller by another name? */
function isPlace(graph: SchemaGraph, { policies }: RowScope, id: EntityId): boolean {
  const parts = policies.flatMap(({ using }): readonly BoundExpression[] =>
    using === null ? [] : (waysOf(using) ?? []).flat(),
  );
  return parts.every((part) =>
    callerComparisons(graph, part).every(
      ({ column, via }) => column !== id || (via !== 'value' && !findsCallersKey(graph, part)),
    ),
  );
}
