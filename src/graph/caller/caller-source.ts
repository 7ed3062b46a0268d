import type { FuncCall, Node } from '@pgsql/types';
import { isDefinition } from '../../sql/definitions.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, nodesOf, walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import { leftOut } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * How a value comes from whoever runs the statement: `user` auth.uid(), `claims` the other functions of schema auth (jwt, role,
 * email …), `setting` current_setting() of a custom setting, `role` current_user and its like, `function` a user function that
 * is given nothing of the row and asks one of these itself, is given one, or whose body cannot be read.
 */
export type CallerSource = 'user' | 'claims' | 'setting' | 'role' | 'function';

/** The sources of the caller's identity inside an expression, in the order of its text, subselects included. */
export function callerSources(graph: SchemaGraph, node: Node | undefined, binding: Binding): readonly CallerSource[] {
  const found: CallerSource[] = [];
  walk(node, (tag, each) => {
    if (tag !== 'FuncCall' && tag !== 'SQLValueFunction') return undefined;
    const isGiven = isGivenCaller(graph, each, binding);
    const source = isGiven ? 'function' : sourceOf(graph, each, binding);
    if (source !== undefined && !found.includes(source)) found.push(source);
    return isGiven ? 'skip' : undefined;
  });
  return found;
}

/** `org_of(auth.uid())`: what a user function finds for the caller is not the caller. */
function isGivenCaller(graph: SchemaGraph, node: Node, binding: Binding): boolean {
  const call = fieldsOf(node, 'FuncCall');
  const called = call && calledFunction(graph, node, binding);
  if (call === undefined || called === undefined) return false;
  if (called.extension !== undefined || called.origin.from === 'platform' || dependsOnRow(call, binding)) return false;
  return (call.args ?? []).some((each) => asksCaller(graph, each, binding));
}

/** Is the expression made from the caller's identity in any way? */
export function asksCaller(graph: SchemaGraph, node: Node | undefined, binding: Binding): boolean {
  return anyNode(
    node,
    (each, tag) => (tag === 'FuncCall' || tag === 'SQLValueFunction') && sourceOf(graph, each, binding) !== undefined,
  );
}

/** What this very node is, if it asks for the caller. */
export function sourceOf(graph: SchemaGraph, node: Node, binding: Binding): CallerSource | undefined {
  if ('SQLValueFunction' in node) return isRoleValue(node) ? 'role' : undefined;
  const call = fieldsOf(node, 'FuncCall');
  if (call === undefined) return undefined;
  const known = knownSource(call, binding);
  if (known !== undefined) return known;
  const called = calledFunction(graph, node, binding);
  if (called === undefined || called.extension !== undefined || dependsOnRow(call, binding)) return undefined;
  return callAsksCaller(graph, called, call) === false ? undefined : 'function';
}

const ROLE_VALUES: ReadonlySet<string> = new Set([
  'SVFOP_CURRENT_ROLE',
  'SVFOP_CURRENT_USER',
  'SVFOP_USER',
  'SVFOP_SESSION_USER',
]);

/** current_user and its like. */
export function isRoleValue(node: Node): boolean {
  return ROLE_VALUES.has(fieldsOf(node, 'SQLValueFunction')?.op ?? '');
}

function knownSource(call: FuncCall, binding: Pick<Binding, 'meanings'>): CallerSource | undefined {
  if (!isCallerCall(call, binding)) return undefined;
  const { name } = writtenName(call.funcname);
  if (name === 'current_setting') return isServers(call.args?.[0]) ? undefined : 'setting';
  return name === 'uid' ? 'user' : 'claims';
}

/** A parameter of the server's own, or a secret or an address kept as a setting: says nothing of who calls. */
function isServers(name: Node | undefined): boolean {
  const text = fieldsOf(name, 'A_Const')?.sval?.sval;
  if (text === undefined || text === 'role') return false;
  return !text.includes('.') || /secret|password|[._]key$|url|endpoint/.test(text);
}

/** Is it given a column or a whole row? */
export function dependsOnRow(call: FuncCall, { meanings }: Pick<Binding, 'meanings'>): boolean {
  let depends = false;
  for (const argument of call.args ?? []) {
    walk(argument, (tag, each) => {
      if (tag === 'SubLink') return 'skip';
      const reference = tag === 'ColumnRef' ? fieldsOf(each, tag) : undefined;
      depends ||= reference !== undefined && meanings.get(reference)?.kind !== 'variable';
      return depends ? 'stop' : undefined;
    });
  }
  return depends;
}

/** Does a call ask who calls: the body does, or the default of a parameter that is given nothing (`user_id uuid default auth.uid()`)? Undefined where that cannot be told. */
export function callAsksCaller(graph: SchemaGraph, called: EntityOf<'function'>, call: FuncCall): boolean | undefined {
  const isByDefault = leftOut(called, call).some(
    (each) => each.default !== null && asksCaller(graph, each.default.tree, each.default),
  );
  return isByDefault || functionAsksCaller(graph, called);
}

const asking = new WeakMap<EntityOf<'function'>, boolean | undefined>();

/** Does the body ask who calls, itself or through functions it calls? Undefined where that cannot be told. */
export function functionAsksCaller(graph: SchemaGraph, fn: EntityOf<'function'>): boolean | undefined {
  if (asking.has(fn)) return asking.get(fn);
  // A function that is asked about while it is being looked through adds nothing itself.
  asking.set(fn, false);
  const answer = bodyAsksCaller(graph, fn);
  asking.set(fn, answer);
  return answer;
}

const NOTHING: Pick<Binding, 'meanings'> = { meanings: new Map() };

function bodyAsksCaller(graph: SchemaGraph, fn: EntityOf<'function'>): boolean | undefined {
  const tree = bodyTree(fn);
  if (tree.language === 'unread') return undefined;
  const names = new GraphNames(graph, searchPathOf(graph, fn));
  const parts = expressionsOf(tree).filter((each) => !isDefinition(each.tree));
  const answers = parts.map((each) => partAsksCaller(graph, names, each.tree));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) || parts.some((each) => isAskingText(each.tree)) ? undefined : false;
}

/** Text that asks who calls when it is run: `'select … where user_id = auth.uid()'`. */
function isAskingText(tree: Node): boolean {
  return nodesOf(tree, 'A_Const').some(({ sval }) => sval?.sval !== undefined && ASKING_QUERY.test(sval.sval));
}

const ASKING_QUERY =
  /^\s*(?:select|insert|update|delete|with|and|where|or)\b[^;]*\bauth\s*\.\s*(?:uid|jwt|email|role)\s*\(/i;

/** Does a part of a function's body ask who calls? Undefined where that cannot be told. */
export function partAsksCaller(graph: SchemaGraph, names: GraphNames, part: Node): boolean | undefined {
  let answer: boolean | undefined = false;
  walk(part, (tag, node) => {
    if (tag !== 'FuncCall' && tag !== 'SQLValueFunction') return undefined;
    const call = fieldsOf(node, 'FuncCall');
    if (isRoleValue(node) || (call && knownSource(call, NOTHING))) answer = true;
    else if (call !== undefined) {
      const inner = calledFunctions(graph, names, call).map((each) => callAsksCaller(graph, each, call));
      if (inner.includes(true)) answer = true;
      else if (inner.includes(undefined)) answer = undefined;
    }
    return answer === true ? 'stop' : undefined;
  });
  return answer;
}

function calledFunctions(graph: SchemaGraph, names: GraphNames, call: FuncCall): readonly EntityOf<'function'>[] {
  const { schema, name } = writtenName(call.funcname);
  if (stringsOf(call.funcname).length === 0) return [];
  return names.functions(schema, name).flatMap(({ id }) => {
    const found = id === undefined ? undefined : graph.find(id);
    return found?.kind === 'function' && found.extension === undefined && found.origin.from !== 'platform'
      ? [found]
      : [];
  });
}
