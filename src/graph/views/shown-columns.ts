import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { type Child, walkBelow } from '../../sql/walk.ts';
import type { Meaning } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { OwnerRead } from '../privileges/owner-reads.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Column = EntityOf<'column'>;
type View = OwnerRead['through'][number];

/**
 * The columns of a table that come out of the view through which it is read, by themselves or as part of what is computed, in the table's order. Not those by
 * which rows are only found, grouped, ordered or counted.
 */
export function shownColumns(graph: SchemaGraph, { table, through }: OwnerRead): readonly Column[] {
  const columns = graph.columns(table.id);
  let wanted = new Map<EntityId, readonly Column[]>(columns.map((each) => [each.id, [each]]));
  let below: EntityId = table.id;
  for (const view of [...through].reverse()) {
    wanted = outputsOf(graph, view, below, wanted);
    below = view.id;
  }
  const shown = new Set([...wanted.values()].flat());
  return columns.filter((each) => shown.has(each));
}

/** The columns of a view, each with what it shows of these of a relation below. */
function outputsOf(
  graph: SchemaGraph,
  { id, query }: View,
  below: EntityId,
  wanted: ReadonlyMap<EntityId, readonly Column[]>,
): Map<EntityId, readonly Column[]> {
  const outputs = graph.columns(id);
  const made = new Map<EntityId, readonly Column[]>();
  const add = (name: string | undefined, shown: readonly Column[]) => {
    const output = outputs.find((each) => each.name === name);
    // What it is called in the end is not known: any of them may show it.
    for (const each of output === undefined ? outputs : [output])
      made.set(each.id, [...(made.get(each.id) ?? []), ...shown]);
  };
  walkBelow(query.tree, (_, node, parents, field) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && query.meanings.get(reference);
    if (meaning === undefined || isUnseen(parents, field)) return undefined;
    const target = parents.findLast(({ tag }) => tag === 'ResTarget');
    const isPassed = parents.at(-1) === target;
    // What a subselect of FROM or WITH passes on is shown where the query around it names it.
    if (isPassed && parents.some(({ tag }) => tag === 'CommonTableExpr' || tag === 'RangeSubselect')) return undefined;
    const name = fieldsOf(target?.node, 'ResTarget')?.name;
    for (const each of columnsMeant(meaning, below, wanted)) {
      const own = isPassed ? (meaning.kind === 'star' ? each.name : stringsOf(reference?.fields).at(-1)) : undefined;
      add(name ?? own, each.shown);
    }
    return undefined;
  });
  return made;
}

interface Meant {
  readonly name: string;
  readonly shown: readonly Column[];
}

function columnsMeant(
  meaning: Meaning,
  below: EntityId,
  wanted: ReadonlyMap<EntityId, readonly Column[]>,
): readonly Meant[] {
  if (meaning.kind === 'row' && meaning.relation === below) return [{ name: '', shown: [...wanted.values()].flat() }];
  const columns = meaning.kind === 'star' ? meaning.columns : meaning.kind === 'column' ? [meaning] : [];
  return columns.flatMap(({ name, column }) => {
    const shown = column === undefined ? undefined : wanted.get(column);
    return shown === undefined ? [] : [{ name, shown }];
  });
}

const CONDITIONS: ReadonlySet<string> = new Set([
  ...['whereClause', 'havingClause', 'quals', 'groupClause', 'sortClause', 'agg_filter', 'agg_order', 'testexpr'],
  ...['partitionClause', 'orderClause', 'windowClause', 'distinctClause'],
]);

/** Does it stand where it decides which rows there are, or is it asked for no more than that it is there? */
function isUnseen(parents: readonly Child[], field: string): boolean {
  if (CONDITIONS.has(field) || parents.some((each) => CONDITIONS.has(each.field))) return true;
  return parents.some(({ node }) => {
    if ('NullTest' in node || fieldsOf(node, 'SubLink')?.subLinkType === 'EXISTS_SUBLINK') return true;
    return stringsOf(fieldsOf(node, 'FuncCall')?.funcname).at(-1) === 'count';
  });
}
