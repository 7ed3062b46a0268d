import type { A_Indirection, ColumnRef, Node, ResTarget } from '@pgsql/types';
import { stringsOf } from '../../sql/nodes.ts';
import { type Analysis, innerNode, type QueryColumns } from './analysis.ts';
import type { ColumnMeaning } from './binding.ts';
import { builtin } from './builtin/builtins.ts';
import { findQualifier, unknownEntry } from './column-ref.ts';
import { recordColumn } from './column-use.ts';
import { bindStarredRow } from './expression.ts';
import { type BoundSourceColumn, bareColumns, type Level, meaningOf, type SourceColumn } from './level.ts';
import { figureColumnName } from './output-name.ts';
import { isSameType, LITERAL } from './type-system.ts';

/** transformTargetList(): the output columns of SELECT or RETURNING, stars expanded. */
export function bindTargetList(targets: readonly Node[] | undefined, analysis: Analysis, level: Level): QueryColumns {
  const columns: BoundSourceColumn[] = [];
  let columnsKnown = true;
  for (const node of targets ?? []) {
    const target: ResTarget = 'ResTarget' in node ? node.ResTarget : { val: node };
    const star = starOf(target.val);
    if (star) {
      const expanded = expandStar(star, analysis, level);
      columns.push(...expanded.columns);
      columnsKnown &&= expanded.columnsKnown;
    } else if (target.val && 'A_Indirection' in target.val && endsInStar(target.val.A_Indirection.indirection)) {
      const expanded = expandRow(target.val.A_Indirection, analysis, level);
      const names = expanded.columns.map(({ name }) => name);
      if (expanded.columnsKnown) analysis.results.mean(target.val.A_Indirection, { kind: 'fields', names });
      columns.push(...expanded.columns);
      columnsKnown &&= expanded.columnsKnown;
    } else if (target.val) {
      columns.push(outputColumn(target.val, target.name, analysis, level));
    }
  }
  return { columns, columnsKnown };
}

/** Untyped literals in an output become text (resolveTargetListUnknowns()). */
export function settleLiterals({ columns, columnsKnown }: QueryColumns, { results }: Analysis): QueryColumns {
  const settled = columns.map(({ literal, ...column }) => {
    if (literal === undefined) return column;
    results.coerce(literal, TEXT);
    return { ...column, type: TEXT };
  });
  return { columns: settled, columnsKnown };
}

const TEXT = builtin('text');

function starOf(node: Node | undefined): ColumnRef | undefined {
  if (!node || !('ColumnRef' in node)) return undefined;
  return endsInStar(node.ColumnRef.fields) ? node.ColumnRef : undefined;
}

function endsInStar(fields: readonly Node[] | undefined): boolean {
  const last = fields?.at(-1);
  return last !== undefined && 'A_Star' in last;
}

/** ExpandIndirectionStar(): `(f()).*` and `(row).part.*`, the columns of a row. */
function expandRow(row: A_Indirection, analysis: Analysis, level: Level): QueryColumns {
  const type = bindStarredRow(row, analysis, level);
  const called = row.indirection?.length === 1 && row.arg ? innerNode(row.arg) : undefined;
  const meaning = called && analysis.results.meaningOf(called);
  const out = meaning?.kind === 'call' ? (meaning.function.columns ?? []) : [];
  if (out.length > 1) return { columns: out.map(({ name, type: each }) => ({ name, type: each })), columnsKnown: true };
  if (!type || type.isArray) return { columns: [], columnsKnown: false };
  const { schema, name } = type.name;
  const relation = analysis.names.relation(schema, name);
  const columns = relation?.columns ?? analysis.names.type(schema, name)?.columns;
  return {
    columns: (columns ?? []).map(({ name: column, type: each }) => ({ name: column, type: each })),
    columnsKnown: relation ? relation.columnsKnown : columns !== undefined,
  };
}

function outputColumn(value: Node, name: string | undefined, analysis: Analysis, level: Level): BoundSourceColumn {
  const type = analysis.expression(value, level);
  const inner = innerNode(value);
  const meaning = inner && analysis.results.meaningOf(inner);
  const passed = meaning?.kind === 'column' ? { column: meaning.column, relation: meaning.relation } : {};
  const literal = type && isSameType(type, LITERAL) ? value : undefined;
  return { name: name ?? figureColumnName(value), type, literal, ...passed };
}

/** ExpandColumnRefStar(): `*`, `source.*`, `schema.table.*`, with a reference to each column as it is now. */
function expandStar(ref: ColumnRef, analysis: Analysis, level: Level): QueryColumns {
  const qualifier = stringsOf(ref.fields);
  const found = qualifier.length > 0 ? findQualifier(level, qualifier) : undefined;
  if (qualifier.length > 0 && !found) {
    const isVariable = analysis.variables?.list.some((each) => each.name === qualifier[0]);
    if (!isVariable) analysis.results.unresolved.push(unknownEntry(ref, qualifier, level));
    return { columns: [], columnsKnown: false };
  }
  const columns: readonly SourceColumn[] = found ? found.source.columns : level.visible.flatMap(bareColumns);
  const columnsKnown = found ? found.source.columnsKnown : level.visible.every((each) => each.bareKnown);
  const up = found?.level ?? 0;
  const meanings: ColumnMeaning[] = columns.map((column) => meaningOf(column, up));
  analysis.results.mean(ref, { kind: 'star', columns: meanings, isComplete: columnsKnown });
  for (const column of columns) recordColumn(ref, column, up, analysis.results, { isStar: true, isQualified: false });
  if (found?.source.relation) {
    const { relationId, isOuter } = found.source;
    analysis.results.refer(ref, 'relation', relationId, { field: qualifier.length - 1, level: up, isOuter });
  }
  return {
    columns: columns.map(({ name, type, column, relation }) => ({ name, type, column, relation })),
    columnsKnown,
  };
}
