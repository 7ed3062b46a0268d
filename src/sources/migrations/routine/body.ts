import type { CreateFunctionStmt, DefElem, Node } from '@pgsql/types';
import type { Variables } from '../../../graph/binding/analysis.ts';
import type { FunctionBody, Parameter } from '../../../graph/entities/function-entity.ts';
import { isInput } from '../../../graph/entities/function-entity.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { dollarTag, skipBlank, tokenEnd } from '../../../sql/token.ts';
import type { ReplayContext } from '../context.ts';

/** A body in quotes: AS '…' or AS $$…$$. */
export function quotedBody(as: DefElem, context: ReplayContext): FunctionBody {
  const [first] = fieldsOf(as.arg, 'List')?.items ?? [];
  const text = fieldsOf(first, 'String')?.sval ?? '';
  const source = context.running.text;
  const start = skipBlank(source, tokenEnd(source, as.location ?? 0));
  const end = tokenEnd(source, start);
  const tag = dollarTag(source, start);
  const quote = tag === undefined ? source.indexOf("'", start) + 1 : start + tag.length;
  const close = end - (tag?.length ?? 1);
  const at = { file: context.running.file, start: quote, end: Math.max(quote, close) };
  return { text, at, quoting: tag === undefined ? 'single' : 'dollar', atomic: null };
}

/** RETURN expression, or BEGIN ATOMIC … END: bound when the function is made, and followed by renames ever after. */
export function standardBody(
  stmt: CreateFunctionStmt,
  name: string,
  parameters: readonly Parameter[],
  context: ReplayContext,
): FunctionBody {
  const variables: Variables = {
    list: parameters.filter(isInput).map((each) => ({ name: each.name ?? undefined, type: each.type })),
    qualifiers: [name],
    conflict: 'column',
  };
  const atomic = statementsOf(stmt.sql_body).map((statement) => {
    const expression = fieldsOf(statement, 'ReturnStmt')?.returnval;
    return expression === undefined
      ? context.query(statement, { variables }).expression
      : context.expression(expression, { variables });
  });
  const { start, end } = standardBodyRange(context);
  const text = context.running.text.slice(start, end);
  const at = { file: context.running.file, start, end };
  return { text, at, quoting: 'none', atomic };
}

function statementsOf(body: Node | undefined): readonly Node[] {
  const list = fieldsOf(body, 'List');
  if (list === undefined) return body === undefined ? [] : [body];
  return (list.items ?? []).flatMap((item) => fieldsOf(item, 'List')?.items ?? [item]);
}

/** From BEGIN ATOMIC, or the last RETURN outside parentheses, to the statement's end: the grammar gives no place for it. */
function standardBodyRange(context: ReplayContext): { readonly start: number; readonly end: number } {
  const { text } = context.running;
  const { start, end } = context.at(undefined);
  let depth = 0;
  let found = start;
  let before = '';
  let beforeAt = start;
  for (let at = skipBlank(text, start, end); at < end; at = skipBlank(text, tokenEnd(text, at, end), end)) {
    const token = text.slice(at, tokenEnd(text, at, end)).toLowerCase();
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token === 'atomic' && before === 'begin') return { start: beforeAt, end };
    else if (token === 'return' && depth === 0) found = at;
    before = token;
    beforeAt = at;
  }
  return { start: found, end };
}
