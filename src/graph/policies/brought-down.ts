import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { readsOf } from './policy-reach.ts';
import { appliedExpressions } from './row-security.ts';

type Table = EntityOf<'table'>;

/**
 * The tables that cannot be read either where reading these fails with 42P17: their SELECT policies read one of them in a
 * subselect, or one that reads one. The rewriter meets the loop before a row is looked at, whatever the policies say.
 * (fireRIRrules(), src/backend/rewrite/rewriteHandler.c.)
 * @param roles names of roles that may not read the failed tables; a table counts where one of them may select from it
 */
export function broughtDown(
  graph: SchemaGraph,
  failed: readonly EntityId[],
  roles: readonly string[],
): readonly Table[] {
  const failing = new Set(failed);
  const down: Table[] = [];
  const tables = graph.ofKind('table').filter((each) => each.rowSecurity && graph.isKnown(each, 'rowSecurity'));
  for (let known = -1; known < failing.size; ) {
    known = failing.size;
    for (const table of tables) {
      if (failing.has(table.id) || !readsOneOf(graph, table, failing, roles)) continue;
      failing.add(table.id);
      down.push(table);
    }
  }
  return down;
}

function readsOneOf(
  graph: SchemaGraph,
  table: Table,
  failing: ReadonlySet<EntityId>,
  roles: readonly string[],
): boolean {
  return clientAccess(graph, table, roles).some(({ role, commands }) => {
    if (!commands.includes('select') || !isUnderRowSecurity(graph, role, table)) return false;
    return appliedExpressions(graph, table, 'select', role)
      .flatMap((each) => readsOf(graph, each, role, role))
      .some((read) => failing.has(read.table.id) && read.role === role);
  });
}
