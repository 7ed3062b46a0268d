import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { wordsOf } from '../lexicon/words.ts';
import { isNullable } from '../nulls/nullability.ts';
import { clausesOf } from '../policies/policy-clauses.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { columnsJudgedByTriggers } from '../triggers/trigger-tests.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;
type Pair = readonly [Column, Column];

/**
 * The columns of a unique key that holds two users of equal standing (user1_id, user2_id), where nothing in the schema says which of the two comes
 * first: each pair fits in twice, the second time the other way round. Who follows whom is no such pair, by the names.
 */
export function mirroredPair(graph: SchemaGraph, table: Table): Pair | undefined {
  for (const index of graph.ownedBy(table.id, 'index')) {
    const [first, second, more] = index.keys.map(({ column }) =>
      column === null ? undefined : graph.get('column', column),
    );
    if (!index.isUnique || first === undefined || second === undefined || more !== undefined) continue;
    const pair = [first, second] as const;
    const [one, other] = pair.map((each) => accountOf(graph, each));
    const isOfTwo = one !== undefined && one === other && areCalledAlike(first.name, second.name);
    const isFull = index.keys.length === 2 && pair.every((each) => !isNullable(graph, each));
    if (isOfTwo && isFull && !isOrdered(graph, table, pair)) return pair;
  }
  return undefined;
}

/** The table of accounts that the column alone refers to. */
function accountOf(graph: SchemaGraph, column: Column): EntityId | undefined {
  const key = graph.foreignKeysOf(column).find(({ columns }) => columns.length === 1);
  const parent = key && graph.find(key.referencedTable);
  return parent?.kind === 'table' && isAccountTable(graph, parent) ? parent.id : undefined;
}

/** Do the names differ by their number alone? */
function areCalledAlike(one: string, other: string): boolean {
  const [left, right] = [wordsOf(one), wordsOf(other)];
  const differing = left.flatMap((word, at) => (word === right[at] ? [] : [[word, right[at]].sort().join()]));
  return left.length === right.length && differing.length === 1 && NUMBERS.has(differing[0] ?? '');
}

const NUMBERS: ReadonlySet<string> = new Set(['1,2', 'a,b', 'one,two', 'first,second']);

/** Does a CHECK, an index, a policy, a trigger or a function that adds rows put the two in an order, or may it? */
function isOrdered(graph: SchemaGraph, table: Table, pair: Pair): boolean {
  const namesBoth = ({ references }: BoundExpression) =>
    pair.every(({ id }) => references.some(({ target }) => target === id));
  const checks = graph.ownedBy(table.id, 'checkConstraint').map(({ expression }) => expression);
  const clauses = graph
    .ownedBy(table.id, 'policy')
    .flatMap((policy) => clausesOf(policy).map(({ expression }) => expression));
  if ([...checks, ...clauses].some((each) => namesBoth(each) && ORDERING.test(withoutUnequal(each.text)))) return true;
  const computed = [
    ...graph.ownedBy(table.id, 'index').flatMap(({ keys }) => keys.flatMap(({ expression }) => expression ?? [])),
    ...graph.columns(table.id).flatMap(({ generated }) => generated?.expression ?? []),
  ];
  return computed.some(namesBoth) || isOrderedWhenAdded(graph, table, pair);
}

function isOrderedWhenAdded(graph: SchemaGraph, table: Table, pair: Pair): boolean {
  const judged = columnsJudgedByTriggers(graph, table.id);
  const { sets, unknown } = columnsSetByTriggers(graph, table.id, 'insert');
  if (unknown.length > 0 || pair.some(({ id }) => judged.has(id) || sets.some(({ column }) => column === id)))
    return true;
  return writesTo(graph, table.id).some(
    ({ holder, write }) =>
      write.kind === 'insert' && (holder.kind !== 'function' || ORDERING.test(withoutUnequal(holder.body?.text ?? ''))),
  );
}

const ORDERING = /[<>]|\b(?:least|greatest)\b/i;

function withoutUnequal(text: string): string {
  return text.replace(/<>|!=/g, '');
}
