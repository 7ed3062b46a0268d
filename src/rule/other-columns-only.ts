import type { EntityOf } from '../graph/entities/index.ts';
import type { OwnRowWrite } from '../graph/own-rows/own-row-writes.ts';
import { policyAudience } from '../graph/policies/policy-audience.ts';
import { mayColumn } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { blockedSignUp } from '../graph/sign-up/blocked-sign-ups.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { keptByTrigger } from './kept-by-trigger.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
/** Who writes how, and whether the policy lets them for this reason alone. */
type ClosedWrite = Pick<OwnRowWrite, 'command' | 'access' | 'isSole'>;

/**
 * The privilege on the other columns only, where nobody else writes by it: those whom another policy or alternative lets. Nor on the column by
 * which the same policy blocks sign-ups, which would be granted anew.
 */
export function otherColumnsOnly(
  graph: SchemaGraph,
  policy: Policy,
  { command, access, isSole }: ClosedWrite,
  free: readonly Column[],
  clientRoles: readonly string[],
): Fix | undefined {
  const table = graph.get('table', policy.table);
  const isShared = graph.ownedBy(table.id, 'policy').some((each) => {
    return (
      each !== policy && policyAudience(graph, each, clientRoles).some(({ commands }) => commands.includes(command))
    );
  });
  const blocked = command === 'update' ? blockedSignUp(graph, policy, clientRoles) : undefined;
  const closed = new Set([...free, ...(blocked?.command === 'update' ? [blocked.column] : [])].map(({ id }) => id));
  const isNeeded = (each: Column) =>
    command === 'insert' && closed.has(each.id) && each.notNull && each.default === null;
  const columns = graph.columns(table.id);
  const letter = command === 'insert' ? 'a' : 'w';
  // Nothing is granted that was not before.
  const others = columns.filter(
    (each) =>
      !closed.has(each.id) &&
      each.generated === null &&
      access.some(({ role }) => mayColumn(graph, role, each, letter)),
  );
  if (!isSole || isShared || columns.some(isNeeded) || others.length === 0 || policy.command === 'all')
    return undefined;
  const from = clientRoles.filter((each) => each === 'public' || graph.global('role', each) !== undefined);
  const to = access.map(({ name }) => name);
  return {
    title: `Let clients ${command === 'insert' ? 'fill' : 'change'} the other columns only`,
    safety: 'review',
    sql: sql`revoke ${raw(command)} on ${table.name} from ${raw(from.map(roleName).join(', '))};
grant ${raw(command)} (${others.map(({ name }) => name)}) on ${table.name} to ${raw(to.map(roleName).join(', '))};`,
  };
}

/**
 * The same of what users write into rows of their own: by a trigger where grants cannot say it.
 * @param beside what no grant may open again, as another finding closes it
 */
export function closedToOwner(
  graph: SchemaGraph,
  policy: Policy,
  write: ClosedWrite,
  free: readonly Column[],
  clientRoles: readonly string[],
  beside: readonly Column[] = [],
): Fix | undefined {
  const byGrants = otherColumnsOnly(graph, policy, write, [...free, ...beside], clientRoles);
  return byGrants ?? keptByTrigger(graph, policy, write.access, free, clientRoles);
}

/** All of these writes limited to the other columns, by grants or by triggers; undefined where one of them cannot be. */
export function otherColumnsOfEach(
  graph: SchemaGraph,
  writes: readonly { readonly policy: Policy; readonly write: ClosedWrite; readonly columns: readonly Column[] }[],
  clientRoles: readonly string[],
): Fix | undefined {
  const fixes = writes.map(({ policy, write, columns }) => closedToOwner(graph, policy, write, columns, clientRoles));
  // One trigger does it for what a policy lets add and change.
  const distinct = [...new Map(fixes.flatMap((each) => (each === undefined ? [] : [[each.sql, each]]))).values()];
  const [first, ...more] = distinct;
  if (first === undefined || fixes.includes(undefined)) return undefined;
  const title = more.length === 0 ? first.title : 'Let clients change and fill the other columns only';
  return { ...first, title, sql: distinct.map((each) => each.sql).join('\n') };
}

function roleName(name: string): string {
  return name === 'public' ? name : quoteIdentifier(name);
}
