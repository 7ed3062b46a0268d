import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons, isComparedWithCaller } from '../caller/caller-comparisons.ts';
import { isClosedToClients } from '../caller/closed-conditions.ts';
import { isStanding } from '../caller/row-scope.ts';
import { unlikeCaller } from '../caller/unlike-caller.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isMark } from '../lexicon/said-columns.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo, tiesAsked } from '../own-rows/own-row-writes.ts';
import { partOf } from '../policies/alternatives.ts';
import { asksByTrigger } from '../policies/callerless-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, sidedWays } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { belongingAsked } from './belongings.ts';
import { contentOf, isSender, isSpeaker, isUsersColumn, type Members, type Recipient } from './said-to-others.ts';
import { refersToUsers } from './writer-columns.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Rows that one user writes to another, who may change what they say. */
export interface RewrittenRow {
  readonly access: readonly ClientAccess[];
  /** Who wrote the row: each policy for INSERT asks that this is the caller. */
  readonly author: Column;
  readonly insert: Policy;
  /** By which the policy for UPDATE finds the caller: the row's own column, or what it belongs to and where the caller is looked for. */
  readonly to: Recipient | Members;
  /** What the policy asks of the row beside that. */
  readonly state: readonly BoundExpression[];
  /** What the row says. */
  readonly said: readonly Column[];
  /** May another author be named too? */
  readonly isAuthorFree: boolean;
  /** What is there for whoever gets the row. */
  readonly marks: readonly Column[];
  /** The policy lets nobody change rows in another way. */
  readonly isSole: boolean;
}

/**
 * Only where somebody else than whoever gets the row reads it as well, and where names say that it goes from one to another: what two people work on is
 * changed by both. Nothing where a condition is not understood, nor where a WITH CHECK asks nothing of the caller, of which policy-check-weaker-than-using
 * tells.
 */
export function rewrittenRow(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): RewrittenRow | undefined {
  const { using, check } = policy;
  if (!policy.isPermissive || using === null || (policy.command !== 'update' && policy.command !== 'all'))
    return undefined;
  const table = graph.get('table', policy.table);
  // Nobody who is signed out is found in a column.
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('update'),
  );
  if (audience.length === 0) return undefined;
  if (surelyRefused(graph, table.id).has('update') || asksByTrigger(graph, table, 'update')) return undefined;
  const written = authorOf(graph, table, audience, clientRoles);
  if (written === undefined) return undefined;
  const { author } = written;
  const ways = sidedWays(using) ?? [];
  const checked = check === null ? undefined : (sidedWays(check) ?? []);
  for (const way of ways) {
    const asked = askedOfOther(graph, policy, way, written);
    if (asked?.to === undefined) continue;
    const after =
      checked === undefined ? [way] : checked.filter((each) => keepsToOthers(graph, policy, each, written, asked));
    const to = asked.to;
    for (const conditions of after) {
      const named = new Set(conditions.flatMap((each) => [...columnsNamed(each)]));
      const isFree = (column: Column) =>
        !named.has(column.id) && audience.some((each) => isLeftTo(graph, table, column, 'update', each));
      const said = contentOf(graph, table, author, to).filter(isFree);
      if (said.length === 0 || !isReadByBoth(graph, table, author, to, clientRoles)) continue;
      const besides = new Set(
        conditions.filter((each) => unlikeCaller(graph, each) !== author.id).flatMap((each) => [...columnsNamed(each)]),
      );
      const isAuthorFree =
        !besides.has(author.id) &&
        audience.some(
          (each) => isLeftTo(graph, table, author, 'update', each) && isSeenWhoeverWrote(graph, table, author, each),
        );
      const marks = graph
        .columns(table.id)
        .filter((each) => isMark(each.name) && each.generated === null && each !== author && !isUsersColumn(to, each));
      return {
        access: audience.map((each) => ({ ...each, commands: ['update'] })),
        author,
        insert: written.insert,
        to,
        state: asked.state.map((each) => partOf(using, each.tree)),
        said,
        isAuthorFree,
        marks: marks.filter((each) => audience.some(({ role }) => mayColumn(graph, role, each, 'w'))),
        isSole: (checked ?? ways).length === 1,
      };
    }
  }
  return undefined;
}

interface Written {
  readonly author: Column;
  readonly insert: Policy;
  /** All that some way to add a row compares with the caller. */
  readonly own: ReadonlySet<EntityId>;
}

/** The column that each way to add a row, but for callers of a standing, asks to be the caller. */
export function authorOf(
  graph: SchemaGraph,
  table: Table,
  audience: readonly ClientAccess[],
  clientRoles: readonly string[],
): Written | undefined {
  const adding = clientAccess(graph, table, clientRoles).filter(
    ({ role, commands }) => commands.includes('insert') && audience.some((each) => each.role === role),
  );
  const policies = adding.flatMap(({ role }) => policiesFor(graph, table, 'insert', role));
  const own = new Set<EntityId>();
  let authors: readonly EntityId[] | undefined;
  let insert: Policy | undefined;
  for (const policy of new Set(policies)) {
    const clause = policy.isPermissive ? decidingClause(policy, 'insert') : null;
    if (clause === null) continue;
    const ways = sidedWays(clause);
    if (ways === undefined) return undefined;
    for (const way of ways) {
      if (isStanding(graph, way) || way.some((each) => isClosedToClients(graph, each))) continue;
      const tied = way.flatMap((each) => tiesAsked(graph, each) ?? []).filter((id) => isUsers(graph, way, id));
      if (tied.length === 0) return undefined;
      for (const each of tied) own.add(each);
      authors = authors === undefined ? tied : authors.filter((each) => tied.includes(each));
      insert ??= policy;
    }
  }
  const columns = (authors ?? []).map((id) => graph.get('column', id)).filter((each) => !isUniqueAlone(graph, each));
  const author = columns.find(({ name }) => isSpeaker(name)) ?? columns[0];
  return author === undefined || insert === undefined ? undefined : { author, insert, own };
}

/** Is the column compared with the account itself or with the key of its own row, or does it refer to accounts? */
function isUsers(graph: SchemaGraph, way: readonly BoundExpression[], id: EntityId): boolean {
  const found = way.flatMap((each) => callerComparisons(graph, each)).filter(({ column }) => column === id);
  return (
    found.every(({ sources }) => sources.every((each) => each === 'user')) ||
    refersToUsers(graph, graph.get('column', id))
  );
}

interface Asked {
  readonly to: Recipient | Members | undefined;
  readonly state: readonly BoundExpression[];
}

/** Whom a way lets in; undefined where that is the author, or where it is not understood. */
function askedOfOther(
  graph: SchemaGraph,
  policy: Policy,
  way: readonly BoundExpression[],
  { author, own }: Written,
): Asked | undefined {
  const recipients: EntityId[] = [];
  const places: EntityId[] = [];
  const members: EntityId[] = [];
  const state: BoundExpression[] = [];
  for (const part of way) {
    if (unlikeCaller(graph, part) === author.id) continue;
    const tied = tiesAsked(graph, part);
    if (tied !== undefined) {
      if (tied.some((each) => own.has(each))) return undefined;
      recipients.push(...tied);
      if (tied.length === 0 && columnsNamed(part).size > 0) state.push(part);
      continue;
    }
    const belonging = belongingAsked(graph, policy, part, author);
    if (belonging === undefined) return undefined;
    places.push(...belonging.flatMap((each) => each.places));
    members.push(...belonging.flatMap((each) => each.members));
  }
  const [first] = recipients;
  if (first !== undefined) {
    const isUser = isUsers(graph, way, first);
    return { to: isUser ? { kind: 'recipient', column: graph.get('column', first) } : undefined, state };
  }
  const isShared = members.length > 0 && isSender(author.name);
  const columns = [...new Set(places)].map((id) => graph.get('column', id));
  return { to: isShared ? { kind: 'members', places: columns, members: [...new Set(members)] } : undefined, state };
}

/** Does a way through WITH CHECK let the row pass as it is after that: is it about the same caller, and asks for no author? */
function keepsToOthers(
  graph: SchemaGraph,
  policy: Policy,
  way: readonly BoundExpression[],
  written: Written,
  before: Asked,
): boolean {
  const asked = askedOfOther(graph, policy, way, written);
  if (asked === undefined) return false;
  if (asked.to === undefined) return way.some((each) => unlikeCaller(graph, each) === written.author.id);
  return asked.to.kind === before.to?.kind;
}

/** Do policies show such rows to whoever gets them, and to more than those? */
function isReadByBoth(
  graph: SchemaGraph,
  table: Table,
  author: Column,
  to: Recipient | Members,
  clientRoles: readonly string[],
): boolean {
  const ways = clientAccess(graph, table, clientRoles)
    .filter(({ commands }) => commands.includes('select'))
    .flatMap(({ role }) => policiesFor(graph, table, 'select', role))
    .flatMap((each) => {
      const clause = each.isPermissive ? decidingClause(each, 'select') : null;
      return clause === null ? [] : (sidedWays(clause) ?? []);
    })
    .filter((way) => !way.some((each) => isClosedToClients(graph, each)));
  const isBeyond = ({ id }: Column) => ways.some((way) => !way.some((each) => isComparedWithCaller(graph, each, id)));
  return isBeyond(author) && (to.kind === 'members' || isBeyond(to.column));
}

/** May the role read the row by a way that does not ask who wrote it? Such a row only may an UPDATE with a WHERE leave. */
export function isSeenWhoeverWrote(graph: SchemaGraph, table: Table, author: Column, { role }: ClientAccess): boolean {
  const policies = policiesFor(graph, table, 'select', role);
  const names = (each: BoundExpression) => columnsNamed(each).has(author.id);
  if (policies.some((each) => !each.isPermissive && each.using !== null && names(each.using))) return false;
  return policies.some(
    (each) =>
      each.isPermissive && each.using !== null && sidedWays(each.using)?.some((way) => !way.some(names)) === true,
  );
}
