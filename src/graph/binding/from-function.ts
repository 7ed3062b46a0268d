import type { Node, RangeFunction } from '@pgsql/types';
import type { TypeRef } from '../types/type-ref.ts';
import { type Analysis, innerNode } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import { aliased } from './from-alias.ts';
import { type BoundSourceColumn, type Level, relationEntry, type Source } from './level.ts';
import type { BoundFunction } from './name-source.ts';
import { figureColumnName } from './output-name.ts';
import { bindTypeName } from './type-name.ts';
import { kindOf } from './type-system.ts';

interface FunctionColumns {
  readonly columns: readonly BoundSourceColumn[];
  readonly isKnown: boolean;
  readonly isScalar?: boolean;
}

/** transformRangeFunction(): functions in FROM, with the columns their result has. */
export function bindRangeFunction(range: RangeFunction, analysis: Analysis, level: Level): Source {
  const calls = (range.functions ?? []).flatMap((node) => ('List' in node ? [node.List.items ?? []] : []));
  const alias = range.alias?.aliasname;
  const parts = calls.map(([call, definitions]) => {
    const type = analysis.expression(call, level);
    const listed = [...definitionList(definitions), ...(range.coldeflist ?? [])];
    if (listed.length > 0) return { columns: columnDefinitions(listed, analysis), isKnown: true };
    return columnsOfCall(call, type, calls.length === 1 ? alias : undefined, analysis, level);
  });
  const columns = parts.flatMap((part) => part.columns);
  if (range.ordinality) columns.push({ name: 'ordinality', type: builtin('int8') });
  const name = alias ?? (calls[0]?.[0] && figureColumnName(calls[0][0]));
  const isScalar = parts.length === 1 && !range.ordinality && parts[0]?.isScalar === true;
  const columnsKnown = parts.every((part) => part.isKnown);
  return level.add(aliased({ name, columns, columnsKnown, isScalar }, range.alias));
}

function definitionList(node: Node | undefined): readonly Node[] {
  return node && 'List' in node ? (node.List.items ?? []) : [];
}

function columnDefinitions(nodes: readonly Node[], analysis: Analysis): readonly BoundSourceColumn[] {
  return nodes.flatMap((node): BoundSourceColumn[] => {
    if (!('ColumnDef' in node)) return [];
    const { colname = '', typeName } = node.ColumnDef;
    return [{ name: colname, type: typeName && bindTypeName(typeName, analysis) }];
  });
}

function columnsOfCall(
  call: Node | undefined,
  type: TypeRef | undefined,
  alias: string | undefined,
  analysis: Analysis,
  level: Level,
): FunctionColumns {
  const inner = innerNode(call);
  const meaning = inner && analysis.results.meaningOf(inner);
  const called: BoundFunction | undefined = meaning?.kind === 'call' ? meaning.function : undefined;
  const out = called?.columns ?? [];
  if (out.length > 1) return { columns: out.map(({ name, type: each }) => ({ name, type: each })), isKnown: true };
  const [single] = out;
  // chooseScalarFunctionAlias(): the name of a single OUT parameter goes before the alias.
  if (single?.name)
    return { columns: [{ name: single.name, type: single.type ?? type }], isKnown: true, isScalar: true };
  if (!type) return { columns: [], isKnown: false };
  const attributes = rowColumns(type, analysis, level);
  if (attributes) return attributes;
  return {
    columns: [{ name: alias ?? (call ? figureColumnName(call) : '?column?'), type }],
    isKnown: true,
    isScalar: true,
  };
}

/** The columns of a composite result; undefined for a scalar. */
function rowColumns(type: TypeRef, { names }: Analysis, level: Level): FunctionColumns | undefined {
  if (type.isArray) return undefined;
  const { schema, name } = type.name;
  if (schema === 'pg_catalog') return name === 'record' ? { columns: [], isKnown: false } : undefined;
  const kind = kindOf(type, names);
  const relation = names.relation(schema, name);
  if (relation) {
    // Using a column of the result depends on the relation's column, whose row type the function returns.
    const row = level.add(relationEntry(relation));
    const columns = row.columns.map((column) => ({
      name: column.name,
      type: column.type,
      also: [{ ...column, isRenamed: true }],
    }));
    return { columns, isKnown: relation.columnsKnown };
  }
  const found = names.type(schema, name)?.columns;
  if (found)
    return { columns: found.map(({ name: column, type: each }) => ({ name: column, type: each })), isKnown: true };
  return kind === undefined || kind === 'composite' ? { columns: [], isKnown: false } : undefined;
}
