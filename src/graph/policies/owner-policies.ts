import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksOfUser } from '../caller/asks-of-user.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { definitionsIn } from '../query-shapes/definitions-in.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { onlyReads } from '../routines/only-reads.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { decidingClause, waysOf } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

type Routine = EntityOf<'function'>;

/** Do policies hold the owner of a SECURITY DEFINER routine in this relation: it neither owns the table nor passes row security? */
export function isHeldAsOwner(graph: SchemaGraph, { owner }: Routine, relation: EntityId): boolean {
  const table = graph.find(relation);
  return table?.kind === 'table' && graph.isKnown(table, 'rowSecurity') && isUnderRowSecurity(graph, owner, table);
}

/**
 * Do the policies by which the owner of a SECURITY DEFINER routine does this to rows of the table ask who calls, whatever the row? Then they are
 * the check that its body does not make. An UPDATE or DELETE that looks for rows reads them too, so that it is enough where those for reading ask.
 */
export function policiesAskForOwner(
  graph: SchemaGraph,
  routine: Routine,
  table: EntityOf<'table'>,
  command: RowCommand,
): boolean {
  if (!isHeldAsOwner(graph, routine, table.id)) return false;
  const commands: readonly RowCommand[] =
    command === 'update' || command === 'delete' ? [command, 'select'] : [command];
  return commands.some((each) => askInAll(graph, table, each, routine.owner));
}

function askInAll(graph: SchemaGraph, table: EntityOf<'table'>, command: RowCommand, owner: EntityId): boolean {
  const policies = policiesFor(graph, table, command, owner);
  const asks = (policy: EntityOf<'policy'>): boolean => {
    const clause = decidingClause(policy, command);
    const ways = clause === null ? undefined : waysOf(clause);
    return ways?.every((way) => way.some((part) => !isOthers(part) && asksOfUser(graph, part))) === true;
  };
  return (
    policies.some((each) => !each.isPermissive && asks(each)) ||
    policies.every((each) => !each.isPermissive || asks(each))
  );
}

/** `user_id <> auth.uid()` is so of everybody else's rows. */
function isOthers({ tree }: BoundExpression): boolean {
  return stringsOf(fieldsOf(tree, 'A_Expr')?.name).at(-1) === '<>';
}

/** Is all that a routine reads and writes itself, with its owner's rights, left to policies that ask who calls? */
export const isLeftToPolicies = askedOnce((graph: SchemaGraph, routine: Routine): boolean => {
  const asks = (relation: EntityId | null, command: RowCommand): boolean => {
    const table = relation === null ? undefined : graph.find(relation);
    return table?.kind === 'table' && policiesAskForOwner(graph, routine, table, command);
  };
  const { queries, calls, isWhole } = routineShape(graph, routine);
  // What touches no rows, or makes something else, no policy holds.
  const touches = queries.some(({ sources, writes }) => sources.length + writes.length > 0);
  return (
    isWhole &&
    touches &&
    definitionsIn(routine).length === 0 &&
    calls.every((id) => isQuiet(graph, id)) &&
    queries.every(({ sources, writes }) => {
      const areWritesAsked = writes.every(({ relation, kind, onConflict }) => {
        if (kind === 'insert')
          return asks(relation, 'insert') && (onConflict?.action !== 'update' || asks(relation, 'update'));
        return (kind === 'update' || kind === 'delete') && asks(relation, kind);
      });
      const read = sources.filter(({ isTarget }) => !isTarget);
      return areWritesAsked && read.every(({ relation }) => asks(relation, 'select'));
    })
  );
});

/** What the platform or an extension brings, or what only reads itself. */
export function isQuiet(graph: SchemaGraph, id: EntityId): boolean {
  const called = graph.find(id);
  return called?.kind === 'function' && (!isUsersOwn(graph, called) || onlyReads(graph, called));
}
