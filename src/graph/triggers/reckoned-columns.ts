import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { type QueryHolder, queriesInSchema, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNumeric } from '../types/type-class.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A number that says, by its name, what rows of another table come to, beside how many there are. */
export interface Reckoned {
  readonly child: Table;
  /** `average`: the mean of a column of those rows; `ended`: how many of them a function sets to an end. */
  readonly by: { readonly kind: 'average'; readonly of: Column } | { readonly kind: 'ended'; readonly state: Column };
}

const AVERAGES: NamePatterns = [
  ...['rating_average', 'average_rating', 'avg_rating', 'rating_avg', 'mean_rating', 'rating_mean'],
  ...['average_stars', 'avg_stars', 'average_score', 'avg_score', 'score_average', 'review_average'],
];
const MARKS: NamePatterns = ['rating', 'stars', '*_stars', 'overall_rating', 'rating_value', 'score'];
const ENDED: NamePatterns = ['completed_*', '*_completed', '!*_at', '!*_by', '!*_id', '!*_on', '!*_date', '!*_percent'];

/** What a number is to be reckoned from; undefined where no table that refers to its own has such rows. */
export function reckonedFrom(graph: SchemaGraph, column: Column): Reckoned | undefined {
  if (!isNumeric(graph, column.type)) return undefined;
  const children = graph.referencedBy(column.relation).flatMap((key) => {
    const child = graph.find(key.table);
    return child?.kind === 'table' && child.id !== column.relation ? [child] : [];
  });
  for (const child of new Set(children)) {
    const of = graph.columns(child.id).find((each) => isNamed(each.name, MARKS) && isNumeric(graph, each.type));
    if (isNamed(column.name, AVERAGES) && of !== undefined) return { child, by: { kind: 'average', of } };
    const state = isNamed(column.name, ENDED) ? endOf(graph, child) : undefined;
    if (state !== undefined) return { child, by: { kind: 'ended', state } };
  }
  return undefined;
}

/** The column that a function of the schema sets to 'completed'. */
function endOf(graph: SchemaGraph, child: Table): Column | undefined {
  for (const { write } of writesTo(graph, child.id))
    for (const { column, constant } of write.kind === 'update' ? write.sets : [])
      if (column !== null && constant === 'completed') return graph.get('column', column);
  return undefined;
}

/** What picks or sorts rows by the column: the first of them. */
export function goesBy(graph: SchemaGraph, { id }: Column): QueryHolder | undefined {
  return queriesInSchema(graph).find(({ query: { sources, order, writes } }) => {
    if (writes.length > 0) return false;
    return (
      sources.some(({ tests }) => tests.some(({ column }) => column === id)) || order.some((each) => each.column === id)
    );
  })?.holder;
}
