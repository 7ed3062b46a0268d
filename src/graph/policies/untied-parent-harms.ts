import { callerComparisons } from '../caller/caller-comparisons.ts';
import { type Standing, standingsIn } from '../caller/caller-standing.ts';
import { rowScope } from '../caller/row-scope.ts';
import { tablesAbove } from '../deletes/cascades.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isToBeRedeemed } from '../lexicon/redeemed.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { columnsNamed, ownColumns } from '../own-column.ts';
import { decidesAlone, freeStandings, standingsBeside } from '../own-rows/free-standings.ts';
import { isLeftTo, ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isAskedBefore, type ParentWrite, parentWrites } from './parent-writes.ts';
import { clientsMeetingRows } from './policy-audience.ts';
import { type UntiedParent, waysBeside } from './untied-parents.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;
type ForeignKey = EntityOf<'foreignKey'>;

/** What follows for the owner of the parent. */
export type UntiedHarm =
  /** The parent cannot be deleted by clients, nor what it goes with: by RESTRICT, of which Postgres 18 has an error of its own, or NO ACTION. */
  | { readonly kind: 'kept'; readonly tables: readonly Table[]; readonly isRestricted: boolean }
  /** The one row that may refer to it is there. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'written'; readonly write: ParentWrite }
  /** The row is read by whoever reads the parent. */
  | { readonly kind: 'shown'; readonly policy: Policy }
  /** Policies let whoever has such a row at the parent. */
  | { readonly kind: 'opened'; readonly policy: Policy };

/**
 * What comes of a reference to another's row in this schema. None where another rule tells of the same policy: where all reading goes by the
 * parent (insert-policy-weaker-than-select), by such rows of the caller's own policies decide (self-granted-access), or a trigger changes the parent
 * of a row of the caller's own (trigger-past-row-security).
 */
export function harmsOfUntied(
  graph: SchemaGraph,
  key: ForeignKey,
  untied: UntiedParent,
  clientRoles: readonly string[],
): readonly UntiedHarm[] {
  const reader = showingPolicy(graph, untied);
  // Who wrote the row and whose the parent is, each reads it: they are meant to be two.
  if ((untied.isUser && reader !== undefined) || isToldElsewhere(graph, untied, clientRoles)) return [];
  const kept = keptTables(graph, key, untied, clientRoles);
  const opening = openingPolicy(graph, untied);
  const written = writesOf(graph, untied);
  return [
    ...(opening === undefined ? [] : [{ kind: 'opened', policy: opening } as const]),
    ...firstOfEach(written).map((write) => ({ kind: 'written', write }) as const),
    ...(reader === undefined ? [] : [{ kind: 'shown', policy: reader } as const]),
    ...(isTaken(graph, untied) ? [{ kind: 'taken' } as const] : []),
    ...(kept.length === 0 ? [] : [{ kind: 'kept', tables: kept, isRestricted: key.onDelete === 'restrict' } as const]),
  ];
}

function isToldElsewhere(graph: SchemaGraph, untied: UntiedParent, clientRoles: readonly string[]): boolean {
  const { table, column, policy, access, isUser } = untied;
  const scopes = access.map(({ role }) => rowScope(graph, table, 'select', role));
  if (scopes.some((each) => each?.columns.includes(column.id) === true)) return true;
  if (isUser && parentWrites(graph, table).some((each) => each.column === column)) return true;
  const standings = standingsBeside(graph, policy, clientRoles);
  return ownRowWrites(graph, policy, clientRoles).some(
    (write) => freeStandings(graph, table, write, standings, clientRoles).length > 0,
  );
}

/** The parent where clients delete its rows, and what its rows go with; empty where somebody of the parent's can delete the row that refers to it. */
function keptTables(
  graph: SchemaGraph,
  { onDelete }: ForeignKey,
  untied: UntiedParent,
  clientRoles: readonly string[],
): readonly Table[] {
  const { parent, column } = untied;
  if (onDelete !== 'no action' && onDelete !== 'restrict') return [];
  const isCleared = untied.access.some((each) =>
    waysBeside(graph, untied, 'delete', each).some(({ way }) => way.some((one) => columnsNamed(one).has(column.id))),
  );
  const acts = graph.ownedBy(parent.id, 'trigger').some(({ events, enabled }) => {
    return enabled !== 'disabled' && events.includes('delete');
  });
  if (isCleared || acts) return [];
  return [...tablesAbove(graph, parent.id).keys()].flatMap((id) => {
    const each = graph.find(id);
    if (each?.kind !== 'table') return [];
    const mayDelete = clientsMeetingRows(graph, each, 'delete', clientRoles).length > 0;
    return isAuthUsers(each.name) || mayDelete ? [each] : [];
  });
}

/** Does a key take one row for each parent, which nothing adds together with the parent? */
export function isTaken(
  graph: SchemaGraph,
  { table, column, parent }: Pick<UntiedParent, 'table' | 'column' | 'parent'>,
): boolean {
  if (!isUniqueAlone(graph, column)) return false;
  const isMadeWith = userRoutines(graph).some((routine) => {
    const { isWhole, writes } = routineShape(graph, routine);
    const adds = writes.some(({ write }) => write.kind === 'insert' && write.relation === table.id);
    const mayAdd = !isWhole && /\binsert\b/i.test(routine.body?.text ?? 'insert');
    return adds || (mayAdd && graph.ownedBy(parent.id, 'trigger').some((each) => each.function === routine.id));
  });
  return !isMadeWith;
}

function writesOf(graph: SchemaGraph, untied: UntiedParent): readonly ParentWrite[] {
  const { table, column, parentOwner, command } = untied;
  if (command !== 'insert') return [];
  return parentWrites(graph, table).filter((each) => {
    if (each.column !== column || isToBeRedeemed(each.parent) || isNamedInBody(each.function, parentOwner.name))
      return false;
    return !isAskedBefore(graph, each) && each.asked.every((one) => one.id === column.id || isFree(graph, untied, one));
  });
}

/** One for each trigger. */
function firstOfEach(writes: readonly ParentWrite[]): readonly ParentWrite[] {
  return writes.filter((each, at) => writes.findIndex(({ trigger }) => trigger === each.trigger) === at);
}

/** A policy by which whoever reads the parent reads the row as well, though it is not theirs. */
function showingPolicy(graph: SchemaGraph, untied: UntiedParent): Policy | undefined {
  const { column, parent, table } = untied;
  for (const access of untied.access)
    for (const { policy, way } of waysBeside(graph, untied, 'select', access)) {
      const isByParent = way.some((each) =>
        callerComparisons(graph, each).some(
          ({ column: id, reads, via }) => id === column.id && (reads.includes(parent.id) || via === 'argument'),
        ),
      );
      const named = way.flatMap((each) => [...ownColumns(each.tree, each)]).filter((id) => id !== column.id);
      const isMet = named.map((id) => graph.get('column', id)).every((each) => isFree(graph, untied, each));
      const isRestricted = graph.ownedBy(table.id, 'policy').some((each) => !each.isPermissive);
      if (isByParent && isMet && !isRestricted) return policy;
    }
  return undefined;
}

/** A policy that lets whoever has a row of this table at what it refers to. */
function openingPolicy(graph: SchemaGraph, untied: UntiedParent): Policy | undefined {
  const { table, column, owner, isUser } = untied;
  const all = standingsIn(graph, table.id);
  const isOurs = ({ user }: Standing) =>
    (isUser && user === owner.id) || isFree(graph, untied, graph.get('column', user));
  const found = all.find((each) => {
    if (each.by !== 'row' || each.column !== column.id || each.isOfItself || !isOurs(each)) return false;
    const together = all.filter((one) => one.query === each.query && one.policy === each.policy);
    const isMet = together.every(
      (one) => isOurs(one) && (one.column === column.id || isFree(graph, untied, graph.get('column', one.column))),
    );
    return isMet && decidesAlone(graph, each.policy, together);
  });
  return found?.policy;
}

/** May whoever writes the row choose the value? */
function isFree(graph: SchemaGraph, { table, way, command, access }: UntiedParent, column: Column): boolean {
  if (way.some((each) => columnsNamed(each).has(column.id)) || column.generated !== null) return false;
  return access.some((each: ClientAccess) => isLeftTo(graph, table, column, command, each));
}
