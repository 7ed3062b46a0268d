import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { forbiddenRead } from './forbidden-reads.ts';
import { readsOf, subselectLoop } from './policy-reach.ts';
import { appliedExpressions, type RowCommand } from './row-security.ts';

type Table = EntityOf<'table'>;

/**
 * Does each statement of the role for this command end in 42P17 (infinite recursion detected in policy)? The rewriter puts all policies of the command into
 * the statement, and those of every table that they read, whichever of them would let the row through; one loop anywhere among them is enough. An UPDATE or
 * DELETE is taken to read a column, as one with a WHERE does.
 */
export function failsByRecursion(graph: SchemaGraph, table: Table, command: RowCommand, caller: Grantee): boolean {
  const known = answers(graph, table);
  const key = `${command} ${caller}`;
  const answer = known.get(key) ?? isLooping(graph, table, command, caller);
  known.set(key, answer);
  return answer;
}

/** Does each statement for which the clients meet the policies end so? */
export function allFailByRecursion(graph: SchemaGraph, table: Table, access: readonly ClientAccess[]): boolean {
  const statements = access.flatMap(({ role, commands }) => commands.map((command) => ({ role, command })));
  return (
    statements.length > 0 && statements.every(({ role, command }) => failsByRecursion(graph, table, command, role))
  );
}

/** Does each statement for which the clients meet the policies end in 42501, as a policy that is put into it looks into what they may not read? */
export function allAreForbidden(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  clientRoles: readonly string[],
): boolean {
  const refused = graph
    .ownedBy(table.id, 'policy')
    .flatMap((each) => forbiddenRead(graph, each, clientRoles)?.access ?? []);
  const isRefused = (name: string, command: RowCommand): boolean =>
    refused.some((each) => each.name === name && each.commands.includes(command));
  const statements = access.flatMap(({ name, commands }) => commands.map((command) => ({ name, command })));
  return (
    statements.length > 0 &&
    statements.every(
      ({ name, command }) => isRefused(name, command) || (command !== 'insert' && isRefused(name, 'select')),
    )
  );
}

const answers = askedOnce((_: SchemaGraph, _table: Table) => new Map<string, boolean>());

interface Entered {
  readonly table: Table;
  readonly command: RowCommand;
  readonly role: Grantee;
}

function isLooping(graph: SchemaGraph, table: Table, command: RowCommand, caller: Grantee): boolean {
  const open: Entered[] = [{ table, command, role: caller }];
  const seen = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { role } = next;
    const key = `${next.table.id} ${next.command} ${role}`;
    if (seen.has(key) || !isUnderRowSecurity(graph, role, next.table)) continue;
    seen.add(key);
    const applied = appliedExpressions(graph, next.table, next.command, role);
    for (const each of applied) {
      const commands: readonly RowCommand[] = next.command === 'select' ? ['select'] : [next.command, 'select'];
      if (commands.some((one) => subselectLoop(graph, each.policy, one, role) !== undefined)) return true;
      for (const read of readsOf(graph, each, role, caller))
        open.push({ table: read.table, command: 'select', role: read.role });
    }
  }
  return false;
}
