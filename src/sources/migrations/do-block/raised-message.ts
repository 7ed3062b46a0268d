import type { PlExpression, PlStatement } from '../../../sql/plpgsql.ts';
import type { Environment } from '../evaluation/environment.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { ObjectReference, PartialText } from '../evaluation/value.ts';

/**
 * What RAISE says, as far as it is known (exec_stmt_raise(), src/pl/plpgsql/src/pl_exec.c): values in the place of the % marks, an
 * ellipsis for each that is not known.
 * @param isCount whether the variable holds a number of its own; that of any other may stand for an OID
 */
export function raisedMessage(
  { message, params, condition, options }: Extract<PlStatement, { kind: 'raise' }>,
  env: Environment,
  isCount: (variable: string) => boolean,
): string {
  const option = options.find(({ name }) => name === 'message');
  if (option !== undefined) return shown(option.value, env, isCount);
  if (message === undefined) return condition?.value ?? 'an exception is raised';
  let next = 0;
  return message.replace(/%%?/g, (mark) => {
    const param = mark === '%' ? params[next++] : undefined;
    return mark === '%%' ? '%' : param === undefined ? UNSAID : shown(param, env, isCount);
  });
}

const UNSAID = '…';

function shown({ tree }: PlExpression, env: Environment, isCount: (variable: string) => boolean): string {
  const value = evaluate(tree, env);
  if (value === null) return '<NULL>';
  if (typeof value === 'string') return value;
  if (value instanceof PartialText) return value.parts.join(UNSAID);
  if (value instanceof ObjectReference) return value.text ?? UNSAID;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  const fields = 'ColumnRef' in tree ? (tree.ColumnRef.fields ?? []) : [];
  const [only] = fields;
  const isOwn = fields.length === 1 && only !== undefined && 'String' in only && isCount(only.String.sval ?? '');
  return typeof value === 'number' && isOwn ? String(value) : UNSAID;
}
