import type { A_Const, FuncCall, Node } from '@pgsql/types';
import { builtinFunctions } from '../../../graph/binding/builtin/builtins.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { anyNode } from '../../../sql/walk.ts';
import type { ReplayContext } from '../context.ts';
import type { Environment } from '../evaluation/environment.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { Moment } from '../evaluation/moment.ts';
import { ObjectReference, type Value } from '../evaluation/value.ts';

/** Does the query call anything but built-in functions, or set_config(): something that may do more than look? */
export function callsMore(tree: Node, context: ReplayContext): boolean {
  return anyNode(tree, (node, tag) => {
    if (tag !== 'FuncCall' || !('FuncCall' in node)) return false;
    const { name } = context.nameOf(node.FuncCall.funcname);
    return name === 'set_config' || builtinFunctions(name).length === 0;
  });
}

/** The query with constants in the place of arguments that the block's variables decide: what is called does not see them. */
export function withKnownArguments(tree: Node, env: Environment): Node {
  return substituted(tree, env) as Node;
}

function substituted(value: unknown, env: Environment): unknown {
  if (Array.isArray(value)) return value.map((each) => substituted(each, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'FuncCall' ? withArguments(inner as FuncCall, env) : substituted(inner, env),
    ]),
  );
}

function withArguments(call: FuncCall, env: Environment): FuncCall {
  const known = (each: Node) => constant(evaluate(each, env)) ?? (substituted(each, env) as Node);
  if (call.args === undefined) return call;
  return {
    ...call,
    args: call.args.map((each) => {
      const named = fieldsOf(each, 'NamedArgExpr');
      return named?.arg === undefined ? known(each) : { NamedArgExpr: { ...named, arg: known(named.arg) } };
    }),
  };
}

function constant(value: Value): Node | undefined {
  const made = (fields: A_Const): Node => ({ A_Const: { ...fields, location: -1 } });
  if (value === null) return made({ isnull: true });
  if (value instanceof Moment) {
    const name = value.isDate ? 'date' : 'timestamptz';
    const names: Node[] = [{ String: { sval: 'pg_catalog' } }, { String: { sval: name } }];
    return { TypeCast: { arg: made({ sval: { sval: value.text } }), typeName: { names, typemod: -1 } } };
  }
  const text = value instanceof ObjectReference ? value.text : value;
  if (typeof text === 'string') return made({ sval: { sval: text } });
  if (typeof value === 'boolean') return made({ boolval: { boolval: value } });
  if (typeof value === 'number' && Number.isInteger(value)) return made({ ival: { ival: value } });
  return undefined;
}
