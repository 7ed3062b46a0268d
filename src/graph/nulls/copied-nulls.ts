import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { constantOf, unwrapped } from '../query-shapes/operand.ts';
import { NOT_DISTINCT, NULL, type Query, type Write } from '../query-shapes/query.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { queriesInSchema, userRoutines } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { outputValues, type PutValue, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNullable } from './nullability.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/**
 * May a routine of the schema copy a NULL into the column: from a column that may be NULL and is not expected to be filled, as it
 * stands, by way of NEW or of a variable, or from a field of json, or of max() and the like, which find no row? NOT NULL would make it fail (23502).
 * @param isExpected is another column, which may be NULL, expected to be filled?
 */
export function mayCopyNull(graph: SchemaGraph, column: EntityId, isExpected: (column: Column) => boolean): boolean {
  const asked = new Set<EntityId>();
  const isGivenNull = (id: EntityId): boolean => {
    if (asked.has(id)) return false;
    asked.add(id);
    return (givenTo(graph).get(id) ?? []).some(({ routine, value }) =>
      new NullSearch(graph, routine, isEmpty).finds(value),
    );
  };
  const isEmpty = (id: EntityId): boolean => {
    const from = graph.get('column', id);
    if (graph.find(from.relation)?.kind !== 'table' || !isNullable(graph, from)) return false;
    const isSet = columnsSetByTriggers(graph, from.relation, 'insert').sets.some((each) => each.column === id);
    return isSet || isExpected(from) ? isGivenNull(id) : true;
  };
  return isGivenNull(column);
}

/** The operators that take a field out of json, which gives NULL where there is none. */
const JSON_FIELD = /^(?:->>?|#>>?)$/;

/** By which a number counts on from another; NULL on either side makes it NULL. */
const COUNTING = /^[-+]$/;

/** Looks for a way in which a value of a routine is NULL. What a function makes of its arguments is taken for a value. */
class NullSearch {
  readonly #graph: SchemaGraph;
  readonly #routine: Routine;
  readonly #isEmpty: (column: EntityId) => boolean;
  readonly #followed = new Set<string>();

  constructor(graph: SchemaGraph, routine: Routine, isEmpty: (column: EntityId) => boolean) {
    this.#graph = graph;
    this.#routine = routine;
    this.#isEmpty = isEmpty;
  }

  finds(value: PutValue): boolean {
    return 'column' in value ? this.#isEmpty(value.column) : this.#isNull(value.node, value.binding);
  }

  #isNull(node: Node | undefined, binding: Binding): boolean {
    const inner = unwrapped(node);
    if (inner === undefined) return false;
    if (constantOf(inner) === NULL) return true;
    const choices = fieldsOf(inner, 'CoalesceExpr')?.args;
    if (choices !== undefined) return choices.every((each) => this.#isNull(each, binding));
    const cases = fieldsOf(inner, 'CaseExpr');
    const results = (cases?.args ?? []).map((each) => fieldsOf(each, 'CaseWhen')?.result);
    if (cases !== undefined) return [...results, cases.defresult].some((each) => this.#isNull(each, binding));
    const link = fieldsOf(inner, 'SubLink');
    if (link?.subLinkType === 'EXPR_SUBLINK') {
      const [output] = outputValues(link.subselect ?? inner, binding);
      return output !== undefined && this.finds(output.value);
    }
    const { kind, name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
    const operator = kind === 'AEXPR_OP' ? (stringsOf(name).at(-1) ?? '') : '';
    if (kind === 'AEXPR_NULLIF' || JSON_FIELD.test(operator)) return true;
    // Which of many operands may be NULL at one place in a body is not known: a constant beside it is a number that is counted on.
    const isCounting = COUNTING.test(operator) && [lexpr, rexpr].some((each) => constantOf(each) !== null);
    if (isCounting) return [lexpr, rexpr].some((each) => this.#isNull(each, binding));
    if (isEmptyAggregate(inner)) return true;
    const reference = fieldsOf(inner, 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    if (meaning?.kind === 'variable') return this.#isVariableNull(meaning.name);
    if (meaning?.kind !== 'column' || meaning.column === undefined) return false;
    return !this.#isTested(meaning.column, binding) && this.#isEmpty(meaning.column);
  }

  #isVariableNull(name: string): boolean {
    if (this.#followed.has(name)) return false;
    this.#followed.add(name);
    const columns = /^(?:new|old)\./.test(name) ? columnsOfRow(this.#graph, this.#routine, name) : [];
    const values = variableSources(this.#graph, this.#routine).get(name) ?? [];
    return columns.some((each) => this.#isEmpty(each)) || values.some((each) => this.finds(each));
  }

  /** Does the statement read only rows that have a value in the column? */
  #isTested(column: EntityId, binding: Binding): boolean {
    return routineShape(this.#graph, this.#routine).queries.some(
      (query) =>
        query.binding === binding &&
        query.sources.some(({ tests }) =>
          tests.some((each) => each.column === column && each.kind !== 'isNull' && each.operator !== NOT_DISTINCT),
        ),
    );
  }
}

/** `max(n)`: of no rows that is NULL (docs, 9.21). */
function isEmptyAggregate(node: Node): boolean {
  const call = fieldsOf(node, 'FuncCall');
  return call !== undefined && call.over === undefined && EMPTY_AGGREGATES.has(writtenName(call.funcname).name);
}

const EMPTY_AGGREGATES: ReadonlySet<string> = new Set(['max', 'min', 'sum', 'avg']);

/** `new.name`: that column of each table that the routine is a trigger of. */
export function columnsOfRow(graph: SchemaGraph, routine: Routine, name: string): readonly EntityId[] {
  const [, field = ''] = name.split('.');
  return triggeredRelations(graph, routine).flatMap((relation) => graph.column(relation, field)?.id ?? []);
}

export interface Given {
  readonly routine: Routine;
  readonly value: PutValue;
}

/** What the routines of the schema give each column, by INSERT, UPDATE and in NEW; not what a trigger sets after them. */
export const givenTo = askedOnce((graph): ReadonlyMap<EntityId, readonly Given[]> => {
  const found = new Map<EntityId, Given[]>();
  for (const { holder, query } of queriesInSchema(graph)) {
    if (holder.kind !== 'function') continue;
    for (const write of query.writes) {
      const { relation, kind } = write;
      if (relation === null || (kind !== 'insert' && kind !== 'update')) continue;
      const after = new Set(columnsSetByTriggers(graph, relation, kind).sets.map((each) => each.column));
      // A backfill writes only where nothing is.
      const filled = query.sources.flatMap(({ tests }) =>
        tests.flatMap((each) => (each.kind === 'isNull' ? each.column : [])),
      );
      for (const [column, value] of written(graph, relation, query, write))
        if (!after.has(column) && !filled.includes(column)) addTo(found, column, { routine: holder, value });
    }
  }
  for (const routine of userRoutines(graph))
    for (const [name, values] of variableSources(graph, routine)) {
      // What is set last may be what takes the place of a NULL.
      const value = name.startsWith('new.') ? values.at(-1) : undefined;
      if (value !== undefined)
        for (const column of columnsOfRow(graph, routine, name)) addTo(found, column, { routine, value });
    }
  return found;
});

function written(
  graph: SchemaGraph,
  relation: EntityId,
  { node, binding }: Query,
  { sets, onConflict }: Write,
): readonly (readonly [EntityId, PutValue])[] {
  const insert = fieldsOf(node, 'InsertStmt');
  const isSelect = fieldsOf(insert?.selectStmt, 'SelectStmt')?.valuesLists === undefined;
  const outputs = insert?.selectStmt !== undefined && isSelect ? outputValues(insert.selectStmt, binding) : undefined;
  const names = insert?.cols?.map((each) => fieldsOf(each, 'ResTarget')?.name ?? '');
  const columns = names ?? graph.columns(relation).map((each) => each.name);
  const selected = (outputs ?? []).flatMap(({ value }, at) => {
    const column = graph.column(relation, columns[at] ?? '');
    return column === undefined ? [] : [[column.id, value] as const];
  });
  const set = [...(outputs === undefined ? sets : []), ...(onConflict?.sets ?? [])];
  return [
    ...selected,
    ...set.flatMap(({ column, value }) =>
      column === null || value === null ? [] : [[column, { node: value, binding }] as const],
    ),
  ];
}
