import type { FuncCall, Node, WindowDef } from '@pgsql/types';
import { display } from '../../../sql/name.ts';
import { writtenName } from '../../../sql/nodes.ts';
import type { BoundFunction } from '../name-source.ts';
import { builtinName } from '../type-system.ts';
import { key } from './form.ts';
import { list, quoted } from './key-syntax.ts';
import { type Form, meaningOf, typeOf, type Writer } from './writer.ts';

/** A call of a function, aggregate or window function. */
export function writeCall(call: FuncCall, writer: Writer): Form {
  const parts = [
    calledName(call, writer),
    ...writeArguments(call, writer),
    call.agg_star ? '*' : undefined,
    call.agg_distinct ? 'distinct' : undefined,
    call.agg_order &&
      list(call.agg_within_group ? 'within' : 'order', ...call.agg_order.map((node) => writeSortKey(node, writer))),
    call.agg_filter && list('filter', writer.text(call.agg_filter)),
    call.over && writeWindow(call.over, writer),
  ];
  return key(list('call', ...parts), typeOf(writer, call));
}

function calledName(call: FuncCall, writer: Writer): string {
  const meaning = meaningOf(writer, call);
  if (meaning?.kind === 'call') return functionName(meaning.function, writer);
  const { schema = 'pg_catalog', name } = writtenName(call.funcname);
  return functionName({ name: { schema, name } }, writer);
}

/** A function by the name it has now; one that is no entity (built in, or an extension's) by schema and name. */
export function functionName({ id, name }: Pick<BoundFunction, 'id' | 'name'>, writer: Writer): string {
  if (id !== undefined) return quoted(writer.nameOf(id));
  return quoted(name.schema === 'pg_catalog' ? name.name : display(name));
}

function writeArguments(call: FuncCall, writer: Writer): readonly string[] {
  const args = call.args ?? [];
  const texts = args.map((node) => {
    if (!('NamedArgExpr' in node)) return writer.text(node);
    return list('named', quoted(node.NamedArgExpr.name ?? ''), writer.text(node.NamedArgExpr.arg));
  });
  const meaning = meaningOf(writer, call);
  const declared = meaning?.kind === 'call' ? meaning.function.arguments : [];
  const last = declared.at(-1);
  const isSpread = last?.variadic && !call.func_variadic && last.type && builtinName(last.type) !== 'any';
  if (!isSpread || texts.length < declared.length) return texts;
  // f(VARIADIC ARRAY[…]) is how Postgres keeps a call with the array's elements spelt out.
  return [...texts.slice(0, declared.length - 1), list('array', ...texts.slice(declared.length - 1))];
}

/** ORDER BY's defaults are ASC, and NULLS LAST for it but NULLS FIRST for DESC (docs 7.5). */
export function writeSortKey(node: Node, writer: Writer, text = writer.text): string {
  if (!('SortBy' in node)) return text(node);
  const { sortby_dir, sortby_nulls, useOp } = node.SortBy;
  const isDescending = sortby_dir === 'SORTBY_DESC';
  const isFirst = sortby_nulls === 'SORTBY_NULLS_FIRST' || (sortby_nulls !== 'SORTBY_NULLS_LAST' && isDescending);
  const using = useOp && list('using', quoted(writtenName(useOp).name));
  return list(isDescending ? 'desc' : 'asc', text(node.SortBy.node), isFirst ? 'first' : 'last', using);
}

export function writeWindow(window: WindowDef, writer: Writer): string {
  const { name, refname, partitionClause, orderClause, frameOptions, startOffset, endOffset } = window;
  return list(
    'over',
    name === undefined ? undefined : quoted(name),
    refname === undefined ? undefined : list('from', quoted(refname)),
    list('by', ...(partitionClause ?? []).map((node) => writer.text(node))),
    list('order', ...(orderClause ?? []).map((node) => writeSortKey(node, writer))),
    String(frameOptions ?? 0),
    startOffset && writer.text(startOffset),
    endOffset && writer.text(endOffset),
  );
}
