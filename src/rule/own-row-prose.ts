import type { Standing } from '../graph/caller/caller-standing.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { hasRole } from '../graph/lexicon/column-roles.ts';
import type { AddedAgain } from '../graph/own-rows/added-again.ts';
import type { CarriedGrant } from '../graph/own-rows/carried-grant.ts';
import { madeBefore } from '../graph/own-rows/deleted-own.ts';
import type { FreeMeasure } from '../graph/own-rows/free-measure.ts';
import type { FreePlan } from '../graph/own-rows/free-plan.ts';
import type { FreeRank } from '../graph/own-rows/free-rank.ts';
import type { FreeReputation } from '../graph/own-rows/free-reputation.ts';
import type { FreeWeight } from '../graph/own-rows/free-weight.ts';
import type { OwnRowWrite } from '../graph/own-rows/own-row-writes.ts';
import type { PublishedRows } from '../graph/own-rows/published-rows.ts';
import { quotaRoutines } from '../graph/own-rows/quota-columns.ts';
import type { UnclaimedKey } from '../graph/own-rows/unclaimed-keys.ts';
import { mayReadEveryRow } from '../graph/policies/open-reading.ts';
import { isTriggerFunction } from '../graph/privileges/api-calls.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { writtenFor } from '../graph/values/generated-from.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import { clientsOf, policyOf } from './client-prose.ts';
import { andList, brief, rowOf } from './prose.ts';

type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;

/** How a value is come by: who reads the table that a column refers to knows all of them, and an address is not confirmed. Empty where there is nothing to say. */
export function knownKeysText(graph: SchemaGraph, columns: readonly Column[], { access }: OwnRowWrite): string {
  const parents = columns.flatMap((column) =>
    graph.foreignKeysOf(column).flatMap(({ referencedTable }) => {
      const parent = graph.find(referencedTable);
      return parent?.kind === 'table' ? [parent] : [];
    }),
  );
  const open = parents.find((each) => access.every(({ role }) => mayReadEveryRow(graph, role, each) === true));
  if (open !== undefined)
    return ` The values are no secret: ${clientsOf(access)} may read every row of ${brief(open.name)}.`;
  return columns.some((each) => hasRole(graph, each, 'email')) ? ' Nothing asks whether the address is theirs.' : '';
}

/** By which generated columns policies decide, where what those are computed from is free: `, as slug is computed from name`. Empty where there are none. */
export function computedText(graph: SchemaGraph, free: readonly Standing[], standings: readonly Standing[]): string {
  const written = [...new Set(free.map(({ column }) => column))].map((id) => graph.get('column', id));
  const asked = standings
    .filter(({ query }) => free.some((each) => each.query === query))
    .map(({ column }) => graph.get('column', column));
  const computed = [...new Set(asked)].flatMap((each) => {
    const sources = each.generated === null ? [] : writtenFor(graph, each).filter((one) => written.includes(one));
    return sources.length === 0 ? [] : [`${quoteIdentifier(each.name)} is computed from ${namesOfColumns(sources)}`];
  });
  return computed.length === 0 ? '' : `, as ${andList(computed)}`;
}

/** The other way to what a policy lets change: a sentence, empty where there is none. */
export function addedAgainText(told: Policy, [first]: readonly AddedAgain[]): string {
  if (first === undefined) return '';
  const { policy, isAfterDelete } = first;
  const by = policy === told ? 'They may choose' : `By the policy ${quoteIdentifier(policy.name)} they may choose`;
  const when = isAfterDelete ? ', once they have deleted the one that is there' : '';
  return ` ${by} the same when they add the row${when}.`;
}

/** How a user comes by the row that is asked for, and in a sentence of its own where that is to be said beside: empty where no trigger has made one before. */
export function addText(graph: SchemaGraph, table: EntityOf<'table'>, write: OwnRowWrite) {
  const by = write.command === 'insert' ? madeBefore(graph, table, write)?.deletedBy : undefined;
  if (by === undefined) return { add: 'add one', first: '' };
  const policy = `the policy ${quoteIdentifier(by.name)}`;
  return {
    add: `delete the one that is there (${policy} lets them) and add it again`,
    first: ` The row that is there they may delete by ${policy}.`,
  };
}

/** By which policy who may write what of a row of their own. */
function writeText(
  graph: SchemaGraph,
  policy: Policy,
  { access, command }: OwnRowWrite,
  columns: readonly Column[],
  own: 'row' | 'rows',
): Readonly<Record<'policy' | 'clients' | 'write', string>> {
  const table = brief(graph.get('table', policy.table).name);
  const names = columns.map(({ name }) => quoteIdentifier(name));
  return {
    policy: quoteIdentifier(policy.name),
    clients: clientsOf(access),
    write:
      command === 'insert'
        ? `add ${rowOf(table)} for themselves with any ${names.join(' and any ')}`
        : `set ${names.at(-1)} of their own ${table} ${own} to any value`,
  };
}

/** What the message about rows that are shown by another row, of one's own, needs. */
export function publishedText(
  graph: SchemaGraph,
  policy: Policy,
  write: OwnRowWrite,
  { parent, policy: decider, column, key, tested, isForOthers }: PublishedRows,
  today: string,
) {
  return {
    ...writeText(graph, policy, write, [column], 'row'),
    decider: policyOf(graph, decider),
    parent: brief(parent.name),
    tested:
      tested.length === 0
        ? ''
        : `, if its ${namesOfColumns(tested)} ${tested.length === 1 ? 'is' : 'are'} right, which they set themselves`,
    key: quoteIdentifier(key.name),
    others: isForOthers ? ', and shows it to everybody who sees that row' : '',
    today,
  };
}

/** What the message about a key that nobody has yet needs. */
export function claimedText(
  graph: SchemaGraph,
  policy: Policy,
  write: OwnRowWrite,
  { column, policies, named }: UnclaimedKey,
  today: string,
) {
  const deciders = policies.map((each) => policyOf(graph, each));
  return {
    ...writeText(graph, policy, write, [column], 'row'),
    deciders: andList(deciders, 2),
    decide: deciders.length === 1 ? 'decides' : 'decide',
    named: `${brief(graph.get('table', named.relation).name)}.${quoteIdentifier(named.name)}`,
    today,
  };
}

/** What the message about a rank in a group needs. */
export function rankedText(
  graph: SchemaGraph,
  policy: Policy,
  write: OwnRowWrite,
  { column, value, group }: FreeRank,
  today: string,
) {
  return {
    ...writeText(graph, policy, write, [group, column], 'rows'),
    value: quoteLiteral(value),
    column: quoteIdentifier(column.name),
    today,
  };
}

/** What the message about a plan that nobody has paid for needs. */
export function plannedText(
  graph: SchemaGraph,
  policy: Policy,
  write: OwnRowWrite,
  { columns, plan, value }: FreePlan,
  today: string,
) {
  return {
    ...writeText(graph, policy, write, write.command === 'insert' ? columns : [plan], 'rows'),
    value: value === undefined ? '' : `, ${quoteLiteral(value)} too`,
    today,
  };
}

/** For what numbers about a user stand: `rating stands for reviews.rating`. */
export function earnedText(graph: SchemaGraph, earned: readonly FreeReputation[]): string {
  const parts = earned.map(({ column, madeBy }) => {
    const name = quoteIdentifier(column.name);
    if (madeBy.kind === 'routine') return `${name} is reckoned by ${brief(madeBy.routine.name)}()`;
    if (madeBy.kind === 'rows') return `${name} stands for ${brief(madeBy.counted.name)} rows`;
    const { relation, name: marks } = madeBy.marks;
    return `${name} stands for ${brief(graph.get('table', relation).name)}.${quoteIdentifier(marks)}`;
  });
  return andList(parts, 4);
}

/** By what functions measure numbers in a user's row: `tier_of() compares it with tiers.min_stamps`. */
export function measuredText(graph: SchemaGraph, measures: readonly FreeMeasure[]): string {
  const parts = measures.map(({ column, routine, threshold }) => {
    const it = measures.length === 1 ? 'it' : quoteIdentifier(column.name);
    const { relation, name } = threshold;
    const table = graph.find(relation);
    const of = table?.kind === 'table' ? `${brief(table.name)}.` : '';
    return `${brief(routine.name)}() compares ${it} with ${of}${quoteIdentifier(name)}`;
  });
  return andList(parts, 3);
}

/** Which functions refuse what is more than the columns say: a sentence, empty where none does. */
export function quotaText(graph: SchemaGraph, columns: readonly Column[], { access }: OwnRowWrite): string {
  return columns
    .flatMap((column) => {
      const [first, ...more] = quotaRoutines(graph, column, access).map(({ name }) => `${brief(name)}()`);
      if (first === undefined) return [];
      const refuses = more.length === 0 ? 'refuses' : 'refuse';
      return [` ${andList([first, ...more], 2)} ${refuses} what is more than ${quoteIdentifier(column.name)} says.`];
    })
    .join('');
}

/** What the message about the weight of a vote needs. */
export function weighedText(graph: SchemaGraph, { column, write, policy, sums }: FreeWeight, today: string) {
  const names = sums.map(({ kind, name }) => (kind === 'function' ? `${brief(name)}()` : brief(name)));
  return {
    ...writeText(graph, policy, write, [column], 'rows'),
    sums: `${andList(names, 2)} ${names.length === 1 ? 'adds' : 'add'} them up`,
    today,
  };
}

/** What the message about a row that a function believes needs. */
export function carriedText(
  graph: SchemaGraph,
  policy: Policy,
  write: OwnRowWrite,
  { routine, columns, into, deciders }: CarriedGrant,
  today: string,
) {
  const isAdded = write.command === 'insert';
  const called = `${brief(routine.name)}()`;
  const table = brief(graph.get('table', policy.table).name);
  const them = columns.length === 1 ? 'it' : 'them';
  const names = andList(
    deciders.map((each) => policyOf(graph, each)),
    2,
  );
  return {
    ...writeText(graph, policy, write, columns, 'rows'),
    ...(isAdded ? {} : { write: `set ${namesOfColumns(columns)} of their own ${table} rows to any value` }),
    carries: `${called} takes ${them} over into their row of ${brief(into.name)}`,
    decided: deciders.length === 0 ? '' : `, by which ${names} ${deciders.length === 1 ? 'decides' : 'decide'}`,
    steps: `one ${isAdded ? 'INSERT' : 'UPDATE'} through the API${isTriggerFunction(routine) ? '' : ` and a call of ${called}`}`,
    today,
  };
}

/** Columns in a sentence, of many the first. */
export function namesOfColumns(columns: readonly Column[]): string {
  return andList(
    columns.map(({ name }) => quoteIdentifier(name)),
    4,
  );
}
