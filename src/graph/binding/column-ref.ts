import type { ColumnRef } from '@pgsql/types';
import { stringsOf } from '../../sql/nodes.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis, Variable } from './analysis.ts';
import type { UnresolvedName } from './binding.ts';
import { builtin } from './builtin/builtins.ts';
import { recordColumn } from './column-use.ts';
import {
  columnsNamed,
  findColumn,
  findSource,
  isNamedElsewhere,
  type Level,
  meaningOf,
  noteUse,
  type Source,
  type SourceColumn,
} from './level.ts';

const SYSTEM_COLUMNS: ReadonlyMap<string, TypeRef> = new Map([
  ['ctid', builtin('tid')],
  ['xmin', builtin('xid')],
  ['xmax', builtin('xid')],
  ['cmin', builtin('cid')],
  ['cmax', builtin('cid')],
  ['tableoid', builtin('oid')],
]);

/** transformColumnRef(): `column`, `source.column`, `schema.table.column`, a whole row, a parameter or a variable. */
export function bindColumnRef(ref: ColumnRef, analysis: Analysis, level: Level): TypeRef | undefined {
  const fields = stringsOf(ref.fields);
  const isStar = (ref.fields ?? []).some((field) => 'A_Star' in field);
  const [first = ''] = fields;
  if (isStar) return fields.length === 0 ? undefined : bindRow(ref, fields, analysis, level);
  if (fields.length === 1) return bindBare(ref, first, analysis, level);
  return bindQualified(ref, fields, analysis, level);
}

function bindBare(ref: ColumnRef, name: string, analysis: Analysis, level: Level): TypeRef | undefined {
  const { results, variables } = analysis;
  const found = findColumn(level, name);
  const variable = variableNamed(name, analysis);
  if (variable && (found === undefined || variables?.conflict === 'variable')) {
    results.mean(ref, { kind: 'variable', name });
    return variable.type;
  }
  if (variable && found?.kind === 'undetermined') {
    // Were it a column as well, PL/pgSQL would refuse the statement when it is run.
    if (!isVariableToo(name, analysis)) return undefined;
    results.mean(ref, { kind: 'variable', name });
    return variable.type;
  }
  // "It could refer to either a PL/pgSQL variable or a table column": 42702 when the statement is run.
  if (variable && variables?.conflict === 'error') {
    if (isVariableToo(name, analysis))
      results.unresolved.push({ kind: 'column', name, node: ref, reason: 'ambiguous' });
    return undefined;
  }
  if (found?.kind === 'column') return useColumn(ref, found, level, analysis, 0);
  if (found?.kind === 'ambiguous') {
    results.unresolved.push({ kind: 'column', name, node: ref, reason: 'ambiguous' });
    return undefined;
  }
  const row = findSource(level, name);
  if (row) return useRow(ref, row, level, analysis);
  const system = SYSTEM_COLUMNS.get(name);
  if (system) return system;
  const [only, another] = found?.kind === 'undetermined' ? found.sources : found === undefined ? inReach(level) : [];
  results.unresolved.push({
    kind: 'column',
    name,
    node: ref,
    reason: found ? 'undetermined' : 'unknown',
    relation: only?.isDirect && another === undefined ? only.relationId : undefined,
  });
  return undefined;
}

/** Does PL/pgSQL refuse the name of a column because a variable has it as well? */
export function isVariableToo(name: string, analysis: Analysis): boolean {
  const variable = variableNamed(name, analysis);
  return analysis.variables?.conflict === 'error' && variable !== undefined && variable.isPresumed !== true;
}

/** The innermost of this name: a block's own variable goes before the function's parameter. */
function variableNamed(name: string, { variables }: Analysis): Variable | undefined {
  return variables?.list.findLast((each) => each.name === name);
}

/** All that an unqualified name could mean a column of. */
function inReach(start: Level): readonly Source[] {
  const sources: Source[] = [];
  for (let level: Level | undefined = start; level; level = level.parent)
    sources.push(...level.visible.map(({ source }) => source));
  return sources;
}

function bindQualified(
  ref: ColumnRef,
  fields: readonly string[],
  analysis: Analysis,
  level: Level,
): TypeRef | undefined {
  const { results } = analysis;
  const found = findQualifier(level, fields.slice(0, -1));
  const name = fields.at(-1) ?? '';
  const isVariable = isVariablePath(fields, analysis);
  const isColumnFirst = analysis.variables?.conflict === 'column';
  if (isVariable && found && !isColumnFirst) return undefined;
  if (isVariable && !found) {
    // What qualifies a parameter says nothing more: `f.a` is `a`; a field of a record is known by both names.
    const row = variableNamed(fields[0] ?? '', analysis);
    const isQualified = row === undefined;
    results.mean(ref, { kind: 'variable', name: isQualified ? name : fields.join('.') });
    if (row !== undefined && fields.length === 2) return row.fields?.().get(name);
    const [only, another] = (analysis.variables?.list ?? []).filter((each) => each.name === name);
    return isQualified && fields.length === 2 && another === undefined ? only?.type : undefined;
  }
  if (!found) {
    results.unresolved.push(unknownEntry(ref, fields.slice(0, -1), level));
    return undefined;
  }
  const matches = columnsNamed(found.source, name);
  const [column] = matches;
  if (column && matches.length === 1)
    return useColumn(ref, { column, level: found.level }, level, analysis, fields.length - 1);
  const system = SYSTEM_COLUMNS.get(name);
  if (system) return system;
  // functional notation: t.f means f(t)
  const [method] = column
    ? []
    : analysis.names.functions(undefined, name).filter((each) => each.arguments.length === 1);
  if (method) {
    noteUse(level, found.level);
    results.mean(ref, { kind: 'method', function: method, level: found.level, source: found.source.position });
    results.refer(ref, 'function', method.id, { field: fields.length - 1 });
    return method.returns;
  }
  results.unresolved.push({
    kind: 'column',
    name,
    node: ref,
    reason: column ? 'ambiguous' : found.source.columnsKnown ? 'unknown' : 'undetermined',
    relation: found.source.isDirect ? found.source.relationId : undefined,
  });
  return undefined;
}

/** `[table]`, `[schema, table]` or `[database, schema, table]`. */
export function findQualifier(level: Level, qualifier: readonly string[]) {
  return findSource(level, qualifier.at(-1) ?? '', qualifier.at(-2));
}

/** What stands before a dot, and nothing in FROM answers to (errorMissingRTE()). */
export function unknownEntry(node: ColumnRef, qualifier: readonly string[], level: Level): UnresolvedName {
  const name = qualifier.at(-1) ?? '';
  const isHidden = isNamedElsewhere(level, name);
  return { kind: 'relation', schema: qualifier.at(-2), name, node, reason: 'unknown', isHidden };
}

function isVariablePath(fields: readonly string[], { variables }: Analysis): boolean {
  if (!variables) return false;
  const [first = '', second] = fields;
  if (variables.list.some((each) => each.name === first)) return true;
  return (variables.qualifiers ?? []).includes(first) && variables.list.some((each) => each.name === second);
}

/** `t.*` where an expression is expected: the whole row. */
function bindRow(ref: ColumnRef, fields: readonly string[], analysis: Analysis, level: Level): TypeRef | undefined {
  const found = findQualifier(level, fields);
  if (found) return useRow(ref, found, level, analysis);
  if (analysis.variables?.list.some((each) => each.name === fields[0])) return undefined;
  analysis.results.unresolved.push(unknownEntry(ref, fields, level));
  return undefined;
}

function useRow(
  ref: ColumnRef,
  { source, level }: { readonly source: Source; readonly level: number },
  from: Level,
  { results }: Analysis,
): TypeRef | undefined {
  const [only] = source.isScalar ? source.columns : [];
  if (only) return useColumn(ref, { column: only, level }, from, { results }, 0);
  noteUse(from, level);
  const { relationId: relation, isOuter } = source;
  results.mean(ref, { kind: 'row', relation, level, source: source.position, isOuter });
  if (source.relation) results.refer(ref, 'relation', relation, { level, isOuter });
  return source.rowType ?? builtin('record');
}

/** Notes that `ref` means this column, and which of its fields a rename would change. */
function useColumn(
  ref: object,
  { column, level }: { readonly column: SourceColumn; readonly level: number },
  from: Level,
  { results }: Pick<Analysis, 'results'>,
  field: number,
): TypeRef | undefined {
  noteUse(from, level);
  results.mean(ref, meaningOf(column, level));
  recordColumn(ref, column, level, results, { field, isQualified: field > 0 });
  return column.type;
}
