import type { Node, SubLink } from '@pgsql/types';
import { innerOf, type NodeTag, tagOf } from '../../../sql/nodes.ts';
import { type Child, walkBelow } from '../../../sql/walk.ts';
import type { EntityId } from '../../entity-id.ts';
import type { Binding, Meaning } from '../binding.ts';

/** A query inside an expression, as the binder counted levels. */
export interface QueryLevel {
  /** The inner SelectStmt (or data-modifying statement). */
  readonly node: object;
  /** 1 for a query right below the expression. */
  readonly depth: number;
  readonly parent: QueryLevel | undefined;
  /** A subselect in an expression, in FROM, in WITH, an arm of a set operation, or the tree itself. */
  readonly role: 'sublink' | 'from' | 'with' | 'arm' | 'top';
  readonly link: SubLink | undefined;
  /** Relations that its own FROM names, joins included. */
  readonly relations: readonly EntityId[];
  /** It has a FROM (or is a data-modifying statement): what stands in its clauses runs for each row. */
  readonly hasRows: boolean;
  /** Depths of the levels outside it that names inside it mean; 0 is the row of the expression itself. */
  readonly outer: ReadonlySet<number>;
}

const QUERIES: ReadonlySet<NodeTag> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

interface OpenLevel extends QueryLevel {
  readonly relations: EntityId[];
  readonly outer: Set<number>;
}

/** All queries of a tree by their inner node, outer ones first. */
export function queryLevels(tree: Node, binding: Binding): ReadonlyMap<object, QueryLevel> {
  const levels = new Map<object, OpenLevel>();
  walkBelow(tree, (tag, node, parents) => {
    const enclosing = innermost(parents, levels);
    const inner = innerOf(node);
    if (QUERIES.has(tag)) levels.set(inner, openLevel(node, inner, parents, enclosing));
    const meaning = binding.meanings.get(inner);
    if (!enclosing || !meaning) return undefined;
    if (tag === 'RangeVar' && meaning.kind === 'source' && meaning.relation !== undefined)
      enclosing.relations.push(meaning.relation);
    for (const up of levelsUp(meaning)) noteOuter(enclosing, enclosing.depth - up);
    return undefined;
  });
  return levels;
}

/** The query that the node below these parents stands in. */
export function innermost<Level extends QueryLevel>(
  parents: readonly Child[],
  levels: ReadonlyMap<object, Level>,
): Level | undefined {
  if (levels.size === 0) return undefined;
  for (let at = parents.length - 1; at >= 0; at--) {
    const parent = parents[at];
    const level = parent && levels.get(innerOf(parent.node));
    if (level) return level;
  }
  return undefined;
}

function openLevel(node: Node, inner: object, parents: readonly Child[], parent: OpenLevel | undefined): OpenLevel {
  const above = parents.at(-1)?.node;
  const link = above && 'SubLink' in above ? above.SubLink : undefined;
  const hasRows = 'SelectStmt' in node ? (node.SelectStmt.fromClause ?? []).length > 0 : true;
  return {
    node: inner,
    depth: (parent?.depth ?? 0) + 1,
    parent,
    role: roleOf(above),
    link,
    relations: [],
    hasRows,
    outer: new Set(),
  };
}

function roleOf(above: Node | undefined): QueryLevel['role'] {
  const tag = above && tagOf(above);
  if (tag === 'SubLink') return 'sublink';
  if (tag === 'RangeSubselect') return 'from';
  if (tag === 'CommonTableExpr') return 'with';
  return tag === undefined ? 'top' : 'arm';
}

/** How many levels up a name's meaning stands. */
function levelsUp(meaning: Meaning): readonly number[] {
  if (meaning.kind === 'column' || meaning.kind === 'row' || meaning.kind === 'method') return [meaning.level];
  return meaning.kind === 'star' ? meaning.columns.map((column) => column.level) : [];
}

function noteOuter(from: OpenLevel, depth: number): void {
  for (let level: QueryLevel | undefined = from; level && level.depth > depth; level = level.parent) {
    (level.outer as Set<number>).add(depth);
  }
}
