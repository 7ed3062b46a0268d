import { unlikeSides } from '../../sql/equality.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { unlikeCaller } from '../caller/unlike-caller.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { type MutualConsent, mutualConsent } from '../lexicon/consent-values.ts';
import { areTwoOfAKind, isAsked, isAsking, isOfficial, isOneSided } from '../lexicon/party-columns.ts';
import { columnsNamed, ownColumn } from '../own-column.ts';
import { tiesAsked } from '../own-rows/own-row-writes.ts';
import { sidedWays } from '../policies/policy-clauses.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refersToUsers } from './writer-columns.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A table whose rows say that two users agreed on something, or that one waits for the other's word. */
export interface TwoParties {
  readonly columns: readonly [Column, Column];
  /** Who asked, where the names tell. */
  readonly asking: Column | undefined;
  /** The names say that these two are for each other; else only what goes by such rows can tell. */
  readonly isNamed: boolean;
  readonly status: Column;
  readonly values: MutualConsent;
}

/**
 * Two columns of accounts that policies compare with the caller, beside a status that waits by default. Not where one is there to work on the row, nor
 * where it takes the word of one alone (follows).
 * @param knownValues the values of a status that is not listed
 */
export function twoParties(
  graph: SchemaGraph,
  table: Table,
  knownValues: (column: Column) => readonly string[],
): TwoParties | undefined {
  if (isOneSided(table.name.name)) return undefined;
  const waiting = graph.columns(table.id).flatMap((column) => {
    const values = mutualConsent(graph, column, knownValues);
    return values === undefined ? [] : [{ column, values }];
  });
  // Not that of a payment.
  const status = waiting.find(({ column }) => column.name === 'status') ?? waiting[0];
  if (status === undefined) return undefined;
  const compared = columnsOfCallers(graph, table);
  const named = compared.filter(({ name }) => isAsking(name) || isAsked(name));
  const [one, other, more] = compared.length > 2 && named.length === 2 ? named : compared;
  if (one === undefined || other === undefined || more !== undefined) return undefined;
  if ([one, other].some(({ name }) => isOfficial(name) || isOneSided(name)) || !areOfOneTable(graph, one, other))
    return undefined;
  const asking = askingOf(one, other);
  return {
    columns: [one, other],
    asking,
    isNamed: asking !== undefined || areTwoOfAKind(one.name, other.name),
    status: status.column,
    values: status.values,
  };
}

function askingOf(one: Column, other: Column): Column | undefined {
  if (isAsked(one.name) !== isAsked(other.name)) return isAsked(one.name) ? other : one;
  if (isAsking(one.name) !== isAsking(other.name)) return isAsking(one.name) ? one : other;
  return undefined;
}

/** Of accounts, by what permissive policies of the table compare with the caller. */
function columnsOfCallers(graph: SchemaGraph, table: Table): readonly Column[] {
  const found = new Set<EntityId>();
  for (const { isPermissive, using, check } of graph.ownedBy(table.id, 'policy'))
    for (const clause of isPermissive ? [using, check] : [])
      for (const part of clause === null ? [] : (sidedWays(clause) ?? []).flat())
        for (const column of tiesAsked(graph, part) ?? []) if (isAccount(graph, part, column)) found.add(column);
  return graph.columns(table.id).filter((each) => found.has(each.id) && !isUniqueAlone(graph, each));
}

function isAccount(graph: SchemaGraph, part: BoundExpression, id: EntityId): boolean {
  const compared = callerComparisons(graph, part).filter(({ column }) => column === id);
  const isByUser = compared.every(({ sources }) => sources.every((each) => each === 'user'));
  return isByUser || refersToUsers(graph, graph.get('column', id));
}

function areOfOneTable(graph: SchemaGraph, one: Column, other: Column): boolean {
  const [own, theirs] = [one, other].map((each) => graph.foreignKeysOf(each).map((key) => key.referencedTable));
  if (own === undefined || theirs === undefined || own.length === 0 || theirs.length === 0) return true;
  return own.some((each) => theirs.includes(each));
}

/** A way through a clause by which the caller is one of the two. */
export interface PartyWay {
  readonly conditions: readonly BoundExpression[];
  readonly kept: Column;
  readonly other: Column;
  /** It asks of the other nothing but that it is somebody else. */
  readonly isOtherFree: boolean;
  /** It keeps the caller out of a third column, that of who asked. */
  readonly asksForAnother: boolean;
}

/** None for a way that asks for both or for none, or of which a part is not understood. */
export function partyWays(
  graph: SchemaGraph,
  { columns: [one, another] }: TwoParties,
  clause: BoundExpression | null,
): readonly PartyWay[] {
  const ways = clause === null ? [] : (sidedWays(clause) ?? []);
  return ways.flatMap((conditions): readonly PartyWay[] => {
    const tied: EntityId[] = [];
    const named = new Set<EntityId>();
    const unlike = new Set<EntityId>();
    for (const part of conditions) {
      const kept = unlikeCaller(graph, part);
      if (kept !== undefined) {
        unlike.add(kept);
        continue;
      }
      const ties = tiesAsked(graph, part);
      if (ties === undefined) return [];
      tied.push(...ties);
      if (!areUnlike(part, one, another)) for (const each of columnsNamed(part)) named.add(each);
    }
    const isOne = tied.includes(one.id);
    if (isOne === tied.includes(another.id)) return [];
    const [kept, other] = isOne ? [one, another] : [another, one];
    if (unlike.has(kept.id)) return [];
    const asksForAnother = [...unlike].some((each) => each !== other.id);
    return [{ conditions, kept, other, isOtherFree: !named.has(other.id), asksForAnother }];
  });
}

/** `requester_id <> addressee_id`: any other user is that. */
function areUnlike(part: BoundExpression, one: Column, other: Column): boolean {
  return unlikeSides(part.tree).some(([side, against]) => {
    const [own, theirs] = [side, against].map((each) => ownColumn(unwrapped(each), part));
    return own === one.id && theirs === other.id;
  });
}
