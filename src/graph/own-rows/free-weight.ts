import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { referencedColumn } from '../own-column.ts';
import { rowHelper } from '../policies/helper-conditions.ts';
import { queriesInSchema, rowTests } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { hasUpperBound } from '../values/upper-bound.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;

/** How much a vote counts, which whoever votes writes. */
export interface FreeWeight {
  readonly column: Column;
  readonly write: OwnRowWrite;
  readonly policy: Policy;
  /** The other policies by which they may. */
  readonly others: readonly Policy[];
  /** What adds the weights up. */
  readonly sums: readonly Summing[];
}

type Summing = EntityOf<'function' | 'view' | 'materializedView'>;

const VOTES: NamePatterns = ['*_vote', '*_ballot'];
const WEIGHTS: NamePatterns = ['weight', 'vote_weight', 'voting_weight', 'voting_power', 'vote_power'];
const NUMBERS: ReadonlySet<string | undefined> = new Set(['integer', 'decimal', 'float']);

/** Only where a function or view of the schema sums that very column, and no CHECK says how much it may be. */
export function freeWeight(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
): FreeWeight | undefined {
  if (!isNamed(table.name.name, VOTES)) return undefined;
  const isHelped = (part: BoundExpression) => rowHelper(graph, part, table.id) !== undefined;
  for (const column of graph.columns(table.id)) {
    if (!isNamed(column.name, WEIGHTS) || !NUMBERS.has(typeClass(graph, column.type))) continue;
    if (isLimited(graph, column)) continue;
    const writes = graph.ownedBy(table.id, 'policy').flatMap((policy) =>
      // Whoever may vote may, whatever it takes.
      ownRowWrites(graph, policy, clientRoles, (part) => isStanding(graph, [part]) || isHelped(part), isHelped)
        .filter((write) => write.leavesFree(column))
        .map((write) => ({ policy, write })),
    );
    const [first] = [...writes].sort(
      (a, b) => Number(b.write.command === 'insert') - Number(a.write.command === 'insert'),
    );
    const sums = first === undefined ? [] : sumsOf(graph, column);
    if (first === undefined || sums.length === 0) continue;
    const others = writes.map(({ policy }) => policy).filter((each) => each !== first.policy);
    return { column, ...first, others: [...new Set(others)], sums };
  }
  return undefined;
}

function isLimited(graph: SchemaGraph, column: Column): boolean {
  const isListed = graph
    .ownedBy(column.relation, 'checkConstraint')
    .some(({ expression }) =>
      rowTests(expression).some(({ column: id, kind }) => id === column.id && (kind === 'equal' || kind === 'in')),
    );
  return isListed || hasUpperBound(graph, column);
}

/** The functions and views with `sum(… weight …)`. */
function sumsOf(graph: SchemaGraph, column: Column): readonly Summing[] {
  const found = new Set<Summing>();
  for (const { holder, query } of queriesInSchema(graph)) {
    if (holder.kind === 'policy' || holder.kind === 'trigger' || holder.kind === 'rewriteRule') continue;
    const isSummed = anyNode(query.node, (node) => {
      const { funcname, args } = fieldsOf(node, 'FuncCall') ?? {};
      const isSum = stringsOf(funcname).at(-1) === 'sum';
      return (
        isSum && (args ?? []).some((arg) => anyNode(arg, (each) => referencedColumn(each, query.binding) === column.id))
      );
    });
    if (isSummed) found.add(holder);
  }
  return [...found];
}
