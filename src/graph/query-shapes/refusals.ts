import type { Node, SelectStmt } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import type { OutputColumn } from '../binding/binding.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import { groupingError } from '../binding/questions/grouping.ts';
import { tooWide } from '../binding/questions/subselect-width.ts';
import { castOf, isCertain, plainText, type TypeClash, type ValueCast } from '../binding/type-clash.ts';
import { isSameType } from '../binding/type-system.ts';
import { isOutput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type UnmetConflict, unmetConflict } from '../keys/conflict-target.ts';
import { missingValue } from '../nulls/missing-values.ts';
import { placeOf, placeOfInner } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { unknownLabels } from '../types/unknown-labels.ts';
import { checkFailedByInsert, checkFailedByUpdate } from '../values/failed-check.ts';
import type { BlockQueries, Bound, CheckedExpression } from './block-queries.ts';
import { relationsNamed } from './open-names.ts';
import { passedOver, type Reach, reachedExpressions } from './reached-expressions.ts';
import { relationOf } from './writes.ts';

type Routine = EntityOf<'function'>;

/** What the types in a body make Postgres refuse when it gets there. */
export interface Refusal extends Reach, Refused {
  /** All relations that its statement names. */
  readonly relations: readonly EntityId[];
}

interface Refused extends Omit<TypeClash, 'node' | 'kind'> {
  /** `label`: a constant that its enum does not have. `width`: a subselect that is to give one column and gives more. `conflict`, `constraint`: what ON CONFLICT wants is not there. */
  readonly kind: TypeClash['kind'] | 'label' | 'grouping' | 'width' | 'notNull' | 'check' | UnmetConflict['kind'];
  /** It may have no row to fail with. */
  readonly mayBeIdle?: boolean;
  /** Of `conflict`: the columns that want a unique index, and whose they are. */
  readonly unmet?: { readonly relation: EntityId; readonly columns: readonly string[] };
  readonly at: SourceLocation | null;
}

/** Those of a PL/pgSQL block, in the order of the text. */
export function refusalsIn(
  graph: SchemaGraph,
  routine: Routine,
  block: PlBlock,
  queries: BlockQueries,
): readonly Refusal[] {
  const names = new GraphNames(graph, searchPathOf(graph, routine));
  const read = (bound: CheckedExpression, statement: PlStatement): readonly Refused[] => {
    const own = [
      ...bound.clashes.map(({ node, ...clash }) => ({ ...clash, at: placeOfInner(bound, node) })),
      ...groupingIn(bound, graph),
      ...tooWide(bound).map(({ link, message }) => {
        return { kind: 'width', name: '', message, casts: [], at: placeOfInner(bound, link) } as const;
      }),
      ...labelsIn(bound, graph),
    ];
    // What is asked once all names and types are found.
    if (own.length > 0 || bound.unresolved.length > 0) return own;
    const late = statement.kind === 'return-query' ? resultIn(bound, resultTypes(routine, names), names) : [];
    return [...writesIn(bound, graph), ...late];
  };
  return reachedExpressions(block, queries, read).flatMap(({ bound, found, reach }) => {
    const relations = relationsNamed(bound);
    return found.map((each) => {
      return { ...each, ...(each.mayBeIdle === true ? passedOver(reach) : reach), relations };
    });
  });
}

function groupingIn(bound: Bound, graph: SchemaGraph): readonly Refused[] {
  const found: Refused[] = [];
  const keyOf = (relation: EntityId): readonly EntityId[] => graph.primaryKey(relation)?.columns ?? [];
  walk(bound.tree, (_, node) => {
    const select = fieldsOf(node, 'SelectStmt');
    const error = select && groupingError(select, bound, keyOf);
    if (error) {
      const at = placeOfInner(bound, innerOf(error.node));
      found.push({ kind: 'grouping', name: '', message: error.message, casts: [], at });
    }
    return undefined;
  });
  return found;
}

/** Those that are found when an SQL function is planned, in statements that run whenever it does. */
export function refusalsOf(graph: SchemaGraph, statements: readonly Bound[]): readonly Refusal[] {
  const reach = { statement: null, isAlwaysReached: true, handlers: [], isWholeBody: true, undoesAll: true };
  return statements.flatMap((each) =>
    writesIn(each, graph).flatMap((one) =>
      one.kind !== 'constraint' && one.mayBeIdle !== true
        ? [{ ...one, ...reach, relations: relationsNamed(each) }]
        : [],
    ),
  );
}

/** What ON CONFLICT does not find, columns without a value, and values that a CHECK refuses. */
function writesIn(bound: Bound, graph: SchemaGraph): readonly Refused[] {
  const found: Refused[] = [];
  walk(bound.tree, (tag, node) => {
    if (tag !== 'InsertStmt' && tag !== 'UpdateStmt') return undefined;
    const insert = fieldsOf(node, 'InsertStmt');
    const update = fieldsOf(node, 'UpdateStmt');
    const range = insert?.relation ?? update?.relation;
    const relation = range && relationOf(range, bound);
    if (range === undefined || relation === undefined) return undefined;
    const at = placeOfInner(bound, range);
    const unmet = insert?.onConflictClause && unmetConflict(graph, relation, insert.onConflictClause);
    if (insert?.onConflictClause && unmet) {
      const { kind, message, columns } = unmet;
      const place = placeOfInner(bound, insert.onConflictClause);
      found.push({ kind, name: '', message, casts: [], at: place, unmet: { relation, columns } });
      return undefined;
    }
    const missing = insert && missingValue(graph, relation, insert);
    if (missing) {
      found.push({ kind: 'notNull', name: '', casts: [], at, ...missing });
      return undefined;
    }
    const failed = insert
      ? checkFailedByInsert(graph, relation, insert)
      : update && checkFailedByUpdate(graph, relation, update);
    if (failed) {
      const { message, mayBeIdle } = failed;
      found.push({ kind: 'check', name: '', message, casts: [], at, mayBeIdle });
    }
    return undefined;
  });
  return found;
}

function labelsIn(bound: CheckedExpression, graph: SchemaGraph): readonly Refused[] {
  return unknownLabels(bound, graph, true).map(({ label, type, constant }) => {
    const message = `invalid input value for enum ${graph.path(type).replace(/^public\./, '')}: "${label}"`;
    return { kind: 'label', name: label, message, casts: [], at: placeOfInner(bound, constant) };
  });
}

/** The types of the columns that RETURN QUERY has to give; undefined where each call decides. */
function resultTypes(
  { parameters, returns }: Routine,
  names: GraphNames,
): readonly (TypeRef | undefined)[] | undefined {
  const given = parameters.filter(isOutput);
  if (given.length > 0) return given.map(({ type }) => type);
  if (returns === null) return undefined;
  if (isCertain(returns, names)) return [returns];
  const relation = returns.isArray ? undefined : names.relation(returns.name.schema, returns.name.name);
  return relation?.columnsKnown === true ? relation.columns.map(({ type }) => type) : undefined;
}

const STRUCTURE = 'structure of query does not match function result type';

/** convert_tuples_by_position(): as many columns, each of the very type: text is not varchar here, nor int8 int4. */
function resultIn(
  bound: CheckedExpression,
  wanted: readonly (TypeRef | undefined)[] | undefined,
  names: GraphNames,
): readonly Refused[] {
  const { output, tree } = bound;
  if (wanted === undefined || output === null) return [];
  const about = { kind: 'result', name: '' } as const;
  const values = valuesOf(tree, output);
  const wrong = output.flatMap(({ type }, at) => {
    const to = wanted[at];
    const isWrong = type && to && isCertain(type, names) && isCertain(to, names) && !isSameType(type, to);
    return isWrong ? [{ at, type, to, value: values?.[at] }] : [];
  });
  const [first] = wrong;
  if (first === undefined && output.length !== wanted.length) {
    const detail = `Number of returned columns (${output.length}) does not match expected column count (${wanted.length})`;
    return [{ ...about, message: `${STRUCTURE}: ${detail}`, casts: [], at: placeOf(bound, tree) }];
  }
  if (first === undefined) return [];
  const types = `Returned type ${plainText(first.type)} does not match expected type ${plainText(first.to)}`;
  const each = wrong.map(({ value, type, to }): readonly ValueCast[] => castOf([value, type], to, names));
  const casts = each.every(({ length }) => length > 0) ? each.flat() : [];
  const message = `${STRUCTURE}: ${types} in column ${first.at + 1}`;
  return [{ ...about, message, casts, at: placeOf(bound, first.value ?? tree) }];
}

/** The expressions behind a query's output, where each column has one. */
function valuesOf(tree: Node, output: readonly OutputColumn[]): readonly (Node | undefined)[] | undefined {
  const select: SelectStmt | undefined = fieldsOf(tree, 'SelectStmt');
  const targets = select?.targetList ?? [];
  const values = targets.map((each) => fieldsOf(each, 'ResTarget')?.val);
  const isStar = (value: Node | undefined): boolean =>
    (fieldsOf(value, 'ColumnRef')?.fields ?? []).some((field) => 'A_Star' in field);
  return values.length === output.length && !values.some(isStar) ? values : undefined;
}
