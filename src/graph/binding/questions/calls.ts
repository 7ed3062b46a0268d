import type { FuncCall, Node } from '@pgsql/types';
import { innerOf, type WrittenName, writtenName } from '../../../sql/nodes.ts';
import { anyNode, type Child, walkBelow } from '../../../sql/walk.ts';
import type { EntityId } from '../../entity-id.ts';
import type { Binding } from '../binding.ts';
import type { BoundFunction } from '../name-source.ts';
import { canBeHashed } from './hashable-exists.ts';
import { innermost, type QueryLevel, queryLevels } from './query-levels.ts';

/**
 * How often a call runs while a statement reads the table the expression is about: once (Postgres makes an InitPlan or a
 * hashed subplan of it), for each row of that table, or for each row of the relations that a subselect reads. In an EXISTS that
 * can be hashed it is the latter.
 * Verified with EXPLAIN on Postgres 18: a security qual has no one-time filter, a subselect's WHERE has; a FROM-less
 * subselect in FROM or WITH is pulled up into the query around it.
 */
export type Runs =
  | { readonly per: 'statement' }
  | { readonly per: 'outer row' }
  | { readonly per: 'inner row'; readonly relations: readonly EntityId[] };

export interface Call {
  readonly call: FuncCall;
  /** With the schema it was found in; without one where it was not found and none was written. */
  readonly name: WrittenName;
  readonly function: BoundFunction | undefined;
  readonly args: readonly Node[];
  readonly isInSubselect: boolean;
  /** The innermost subselect around it names something outside itself. */
  readonly isInCorrelatedSubselect: boolean;
  /** An argument names a column, of whatever row. */
  readonly hasColumnArgument: boolean;
  readonly runs: Runs;
}

const known = new WeakMap<Binding, readonly Call[]>();

/** The function calls of an expression, in the order of its text. */
export function callsOf(expression: { readonly tree: Node } & Binding): readonly Call[] {
  const made = known.get(expression) ?? collect(expression.tree, expression);
  known.set(expression, made);
  return made;
}

function collect(tree: Node, binding: Binding): readonly Call[] {
  const levels = queryLevels(tree, binding);
  const calls: Call[] = [];
  walkBelow(tree, (_, node, parents) => {
    if (!('FuncCall' in node)) return undefined;
    const call = node.FuncCall;
    const meaning = binding.meanings.get(call);
    const called = meaning?.kind === 'call' ? meaning.function : undefined;
    const level = innermost(parents, levels);
    const subselect = subselectAround(level);
    calls.push({
      call,
      name: called?.name ?? writtenName(call.funcname),
      function: called,
      args: call.args ?? [],
      isInSubselect: subselect !== undefined,
      isInCorrelatedSubselect: subselect !== undefined && subselect.outer.size > 0,
      hasColumnArgument: namesColumn(call.args ?? [], binding),
      runs: level ? runsIn(level, pathBelow(level, node, parents), levels, binding) : { per: 'outer row' },
    });
    return undefined;
  });
  return calls;
}

function subselectAround(level: QueryLevel | undefined): QueryLevel | undefined {
  let found = level;
  while (found && found.role !== 'sublink') found = found.parent;
  return found;
}

function namesColumn(nodes: readonly Node[], binding: Binding): boolean {
  return anyNode(nodes, (node) => 'ColumnRef' in node && binding.meanings.get(node.ColumnRef)?.kind !== 'variable');
}

/** A node on the way from a query down to a call, and the field of the one above in which it stands. */
type Step = Pick<Child, 'node' | 'field'>;

/** From right below the query to the call itself. */
function pathBelow(level: QueryLevel, call: Node, parents: readonly Child[]): readonly Step[] {
  const at = parents.findIndex((parent) => innerOf(parent.node) === level.node);
  const below = parents.slice(at + 1);
  const field = below.length > 0 ? '' : (Object.entries(level.node).find(([, value]) => value === call)?.[0] ?? '');
  return [...below, { node: call, field }];
}

/** How often something in a clause of this query runs. */
function runsIn(
  level: QueryLevel,
  path: readonly Step[],
  levels: ReadonlyMap<object, QueryLevel>,
  binding: Binding,
): Runs {
  const isOnce = !level.hasRows || isOutsideRows(path) || isGate(level, path, levels, binding);
  return isOnce ? runsOf(level, levels, binding) : perRow(level, levels, binding);
}

/** For each row of the query's FROM, as often as the query itself runs. */
function perRow(level: QueryLevel, levels: ReadonlyMap<object, QueryLevel>, binding: Binding): Runs {
  const runs = runsOf(level, levels, binding);
  return runs.per === 'outer row' ? runs : { per: 'inner row', relations: level.relations };
}

/** How often a query runs. */
function runsOf(level: QueryLevel, levels: ReadonlyMap<object, QueryLevel>, binding: Binding): Runs {
  const { role, parent, outer } = level;
  if (role === 'top') return { per: 'statement' };
  if (role === 'sublink') {
    if (outer.size === 0) return { per: 'statement' };
    if (outer.has(0)) {
      // Postgres reads its tables once and hashes them where it expects many rows, and else as often as it must.
      const isHashed = parent === undefined && level.link !== undefined && canBeHashed(level.link, binding);
      return isHashed ? { per: 'inner row', relations: level.relations } : { per: 'outer row' };
    }
    const nearest = [...levels.values()].findLast((each) => each.depth === Math.max(...outer) && isAround(each, level));
    return nearest ? perRow(nearest, levels, binding) : { per: 'outer row' };
  }
  if (!parent) return { per: 'statement' };
  const isPulledUp = (role === 'from' || role === 'with') && !level.hasRows && parent.relations.length > 0;
  return isPulledUp ? perRow(parent, levels, binding) : runsOf(parent, levels, binding);
}

function isAround(outer: QueryLevel, inner: QueryLevel): boolean {
  for (let level: QueryLevel | undefined = inner; level; level = level.parent) if (level === outer) return true;
  return false;
}

/** The clauses of a query that are worked out once each time it runs. */
const ONCE: ReadonlySet<string> = new Set(['limitCount', 'limitOffset', 'withClause']);

function isOutsideRows(path: readonly Step[]): boolean {
  return ONCE.has(path[0]?.field ?? '') || path.some((step) => 'RangeFunction' in step.node);
}

/** A part of WHERE that names nothing of the query's own rows is a one-time filter. */
function isGate(
  level: QueryLevel,
  path: readonly Step[],
  levels: ReadonlyMap<object, QueryLevel>,
  binding: Binding,
): boolean {
  if (path[0]?.field !== 'whereClause') return false;
  const conjunct = path.find(({ node }) => !('BoolExpr' in node) || node.BoolExpr.boolop !== 'AND_EXPR');
  return conjunct !== undefined && !namesLevel(conjunct.node, level, levels, binding);
}

/** Whether something inside means a column or row of this level. */
function namesLevel(tree: Node, level: QueryLevel, levels: ReadonlyMap<object, QueryLevel>, binding: Binding): boolean {
  let found = false;
  walkBelow(tree, (_, node, parents) => {
    const meaning = binding.meanings.get(innerOf(node));
    if (!meaning || !('level' in meaning)) return undefined;
    const depth = innermost(parents, levels)?.depth ?? level.depth;
    if (depth - meaning.level === level.depth) found = true;
    return found ? 'stop' : undefined;
  });
  return found;
}
