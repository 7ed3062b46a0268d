import type { InsertStmt, MergeStmt, Node, OnConflictClause, RangeVar, ResTarget, TruncateStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';
import type { Bound } from './block-queries.ts';
import { columnsIn, constantOf, operandOf } from './operand.ts';
import type { OnConflict, SetColumn, Write } from './query.ts';

/** What a statement writes; empty for a SELECT. */
export function writesOf(graph: SchemaGraph, node: Node, bound: Bound): readonly Write[] {
  if ('InsertStmt' in node) return [insertOf(graph, node.InsertStmt, bound)];
  if ('UpdateStmt' in node) {
    const { relation, targetList, whereClause, returningClause } = node.UpdateStmt;
    const target = relationOf(relation, bound);
    const sets = (targetList ?? []).flatMap((each) => setOf(graph, fieldsOf(each, 'ResTarget'), target, bound));
    return [write('update', relation, bound, { sets, isUnlimited: !whereClause, hasReturning: !!returningClause })];
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause, returningClause } = node.DeleteStmt;
    return [write('delete', relation, bound, { isUnlimited: !whereClause, hasReturning: !!returningClause })];
  }
  if ('MergeStmt' in node) return mergeOf(graph, node.MergeStmt, bound);
  if ('TruncateStmt' in node) return truncated(graph, node.TruncateStmt, bound);
  return [];
}

function write(
  kind: Write['kind'],
  range: RangeVar | undefined,
  bound: Bound,
  more: Partial<Pick<Write, 'sets' | 'onConflict' | 'hasReturning' | 'isUnlimited'>>,
): Write {
  return {
    kind,
    relation: relationOf(range, bound) ?? null,
    name: writtenRange(range),
    sets: [],
    onConflict: null,
    hasReturning: false,
    isUnlimited: false,
    at: range === undefined ? null : placeOf(bound, { RangeVar: range }),
    ...more,
  };
}

function writtenRange(range: RangeVar | undefined): string {
  const { schemaname, relname = '' } = range ?? {};
  return schemaname === undefined ? relname : `${schemaname}.${relname}`;
}

export function relationOf(range: RangeVar | undefined, { meanings }: Binding): EntityId | undefined {
  const meaning = range && meanings.get(range);
  return meaning?.kind === 'source' ? meaning.relation : undefined;
}

function setOf(
  graph: SchemaGraph,
  target: ResTarget | undefined,
  relation: EntityId | undefined,
  bound: Bound,
): readonly SetColumn[] {
  if (target?.name === undefined) return [];
  const multiple = fieldsOf(target.val, 'MultiAssignRef');
  const row = fieldsOf(multiple?.source, 'RowExpr')?.args;
  const value = multiple === undefined ? target.val : row?.[(multiple.colno ?? 1) - 1];
  return [assigned(graph, target.name, value, relation, bound)];
}

function assigned(
  graph: SchemaGraph,
  name: string,
  value: Node | undefined,
  relation: EntityId | undefined,
  bound: Bound,
): SetColumn {
  const isDefault = value !== undefined && 'SetToDefault' in value;
  return {
    name,
    column: relation === undefined ? null : (graph.column(relation, name)?.id ?? null),
    value: isDefault ? null : (value ?? null),
    from: isDefault ? 'default' : operandOf(value, bound),
    constant: constantOf(value),
    readsOwnRow: columnsIn(value, bound).some((each) => each.relation === relation && each.level === 0),
  };
}

function insertOf(graph: SchemaGraph, insert: InsertStmt, bound: Bound): Write {
  const relation = relationOf(insert.relation, bound);
  const written = (insert.cols ?? []).flatMap((each) => fieldsOf(each, 'ResTarget')?.name ?? []);
  const select = fieldsOf(insert.selectStmt, 'SelectStmt');
  const [row] = select?.valuesLists ?? [];
  const values =
    row === undefined
      ? (select?.targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.val)
      : (fieldsOf(row, 'List')?.items ?? []);
  const isOneRow = (select?.valuesLists ?? []).length <= 1;
  const columns = relation === undefined ? [] : graph.columns(relation).map((each) => each.name);
  const names = written.length > 0 ? written : columns.slice(0, values.length);
  return write('insert', insert.relation, bound, {
    sets: names.map((name, at) => assigned(graph, name, isOneRow ? values[at] : undefined, relation, bound)),
    onConflict: conflictOf(graph, insert.onConflictClause, relation, bound),
    hasReturning: insert.returningClause !== undefined,
  });
}

function conflictOf(
  graph: SchemaGraph,
  clause: OnConflictClause | undefined,
  relation: EntityId | undefined,
  bound: Bound,
): OnConflict | null {
  if (clause === undefined) return null;
  const names = (clause.infer?.indexElems ?? []).flatMap((each) => fieldsOf(each, 'IndexElem')?.name ?? []);
  return {
    action: clause.action === 'ONCONFLICT_UPDATE' ? 'update' : 'nothing',
    columns: relation === undefined ? [] : names.flatMap((name) => graph.column(relation, name)?.id ?? []),
    constraint: clause.infer?.conname ?? null,
    sets: (clause.targetList ?? []).flatMap((each) => setOf(graph, fieldsOf(each, 'ResTarget'), relation, bound)),
  };
}

function mergeOf(graph: SchemaGraph, merge: MergeStmt, bound: Bound): readonly Write[] {
  const relation = relationOf(merge.relation, bound);
  return (merge.mergeWhenClauses ?? []).flatMap((each): readonly Write[] => {
    const { commandType, targetList, values } = fieldsOf(each, 'MergeWhenClause') ?? {};
    switch (commandType) {
      case 'CMD_UPDATE': {
        const sets = (targetList ?? []).flatMap((one) => setOf(graph, fieldsOf(one, 'ResTarget'), relation, bound));
        return [write('update', merge.relation, bound, { sets })];
      }
      case 'CMD_INSERT': {
        const names = (targetList ?? []).flatMap((one) => fieldsOf(one, 'ResTarget')?.name ?? []);
        const sets = names.map((name, at) => assigned(graph, name, values?.[at], relation, bound));
        return [write('insert', merge.relation, bound, { sets })];
      }
      case 'CMD_DELETE':
        return [write('delete', merge.relation, bound, {})];
      default:
        return [];
    }
  });
}

/** Its names are not the binder's business: they are looked up where the statement stands. */
function truncated(graph: SchemaGraph, { relations }: TruncateStmt, bound: Bound): readonly Write[] {
  return (relations ?? []).flatMap((each) => {
    const range = fieldsOf(each, 'RangeVar');
    if (range === undefined) return [];
    const relation = writtenRelation(graph, range)?.id ?? null;
    return [{ ...write('truncate', range, bound, { isUnlimited: true }), relation }];
  });
}
