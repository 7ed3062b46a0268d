import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { conjuncts } from './column-tests.ts';
import { unwrapped } from './operand.ts';
import { fromParts } from './sources.ts';

/** A column of an entry of FROM. */
interface Place {
  readonly source: number;
  readonly column: EntityId;
}

/** How the tables of one FROM hang together, each by its number among the entries. */
export interface JoinGraph {
  readonly tables: ReadonlyMap<number, EntityId>;
  /** By which the query calls them. */
  readonly names: ReadonlyMap<number, string>;
  readonly equal: readonly (readonly [Place, Place])[];
  /** Columns that must equal a value from outside. */
  readonly fixed: readonly Place[];
  /** Entries that another kind of condition is about, all of them together. */
  readonly tangled: readonly ReadonlySet<number>[];
}

/** Undefined where an entry is no table, or joins by USING: how many rows there are of it is not known. */
export function joinGraph(graph: SchemaGraph, select: SelectStmt, binding: Binding): JoinGraph | undefined {
  const { entries, subselects, conditions } = fromParts(undefined, select.fromClause, binding);
  const tables = new Map<number, EntityId>();
  const names = new Map<number, string>();
  for (const { position, range, relation } of entries) {
    if (relation === undefined || graph.find(relation)?.kind !== 'table') return undefined;
    tables.set(position, relation);
    names.set(position, range.alias?.aliasname ?? range.relname ?? '');
  }
  const isPlain = !anyNode(select.fromClause, (node) => {
    const { usingClause, isNatural } = fieldsOf(node, 'JoinExpr') ?? {};
    return 'RangeFunction' in node || usingClause !== undefined || isNatural === true;
  });
  if (subselects.length > 0 || !isPlain) return undefined;
  const equal: (readonly [Place, Place])[] = [];
  const fixed: Place[] = [];
  const tangled: ReadonlySet<number>[] = [];
  for (const condition of [...conditions, select.whereClause].flatMap(conjuncts)) {
    const { kind, name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
    const isEquality = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
    const [left, right] = isEquality ? [placeIn(lexpr, binding), placeIn(rexpr, binding)] : [];
    const about = sourcesIn(condition, binding);
    if (left !== undefined && right !== undefined) equal.push([left, right]);
    else if (left !== undefined && about.size === 1) fixed.push(left);
    else if (right !== undefined && about.size === 1) fixed.push(right);
    else if (about.size > 1) tangled.push(about);
  }
  return { tables, names, equal, fixed, tangled };
}

function placeIn(node: Node | undefined, { meanings }: Binding): Place | undefined {
  const reference = fieldsOf(unwrapped(node), 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  if (meaning?.kind !== 'column' || meaning.level !== 0 || meaning.isOuter || !meaning.isDirect) return undefined;
  return meaning.column === undefined ? undefined : { source: meaning.source, column: meaning.column };
}

/** The columns of this FROM that a tree names, those that subselects inside take of it as well. */
export function ownColumns(tree: Node | readonly Node[] | undefined, binding: Binding): readonly ColumnMeaning[] {
  const found: ColumnMeaning[] = [];
  let depth = 0;
  const visit = (node: Node | readonly Node[] | undefined) =>
    walk(node, (_, each) => {
      const inner = fieldsOf(each, 'SubLink');
      if (inner !== undefined) {
        visit(inner.testexpr);
        depth++;
        visit(inner.subselect);
        depth--;
        return 'skip';
      }
      const reference = fieldsOf(each, 'ColumnRef');
      const meaning = reference && binding.meanings.get(reference);
      if (meaning?.kind === 'column' && meaning.level === depth && !meaning.isOuter) found.push(meaning);
      return undefined;
    });
  visit(tree);
  return found;
}

function sourcesIn(tree: Node, binding: Binding): ReadonlySet<number> {
  return new Set(ownColumns(tree, binding).map(({ source }) => source));
}

/** The entries of which there is one row at most, once there is one of `from`: those that a unique key leads to, and from there on. */
export function reachedAlone(
  graph: SchemaGraph,
  { tables, equal, fixed }: JoinGraph,
  from: readonly number[],
): ReadonlySet<number> {
  const reached = new Set(from);
  for (let before = -1; before < reached.size; ) {
    before = reached.size;
    for (const [source, table] of tables) {
      const given = new Set(fixed.flatMap((each) => (each.source === source ? [each.column] : [])));
      for (const [left, right] of equal)
        for (const [own, other] of [
          [left, right],
          [right, left],
        ] as const)
          if (own.source === source && other.source !== source && reached.has(other.source)) given.add(own.column);
      if (hasKeyOf(graph, table, given)) reached.add(source);
    }
  }
  return reached;
}

/** A partial key, too: the query may ask for just its rows. */
function hasKeyOf(graph: SchemaGraph, table: EntityId, given: ReadonlySet<EntityId>): boolean {
  return graph
    .ownedBy(table, 'index')
    .some(
      ({ isUnique, keys }) =>
        isUnique && keys.every(({ column, expression }) => (column === null ? expression !== null : given.has(column))),
    );
}
