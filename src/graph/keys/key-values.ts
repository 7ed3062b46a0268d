import type { ColumnRef, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import { calledFunction } from '../routines/called-function.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { keyRoot } from './key-roots.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** A value that is a key, and of which table. */
export interface KeyValue {
  /** Null for what is no column. */
  readonly column: Column | null;
  /** The primary key of that table. */
  readonly root: Column;
  /** As written, where it is a column. */
  readonly reference: ColumnRef | null;
  /** How a variable or a function is called; null for columns and for auth.uid(). */
  readonly name: string | null;
}

/** So far are variables and calls followed. */
const MOST_STEPS = 4;

/**
 * The key that an expression gives: a column (keyRoot()), auth.uid(), what one column of a subselect is, a variable that is set to keys of one table only,
 * the result of a function that gives such only.
 */
export function keyValue(
  graph: SchemaGraph,
  node: Node | undefined,
  binding: Binding,
  routine: Routine | undefined,
  steps = MOST_STEPS,
): KeyValue | undefined {
  const value = outputOf(unwrapped(node));
  const call = fieldsOf(value, 'FuncCall');
  if (value !== undefined && call !== undefined) {
    if (isCallerCall(call, binding)) return stringsOf(call.funcname).at(-1) === 'uid' ? callersKey(graph) : undefined;
    const called = calledFunction(graph, value, binding);
    const root = called && isUsersOwn(graph, called) && steps > 0 ? resultRoot(graph, called, steps - 1) : undefined;
    return called && root && { column: null, root, reference: null, name: `${called.name.name}()` };
  }
  const reference = fieldsOf(value, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  if (reference === undefined || meaning === undefined) return undefined;
  if (meaning.kind === 'variable') {
    const root = steps === 0 ? undefined : variableRoot(graph, routine, meaning.name, steps - 1);
    return root && { column: null, root, reference: null, name: meaning.name };
  }
  if (meaning.kind !== 'column' || meaning.column === undefined) return undefined;
  const column = graph.find(meaning.column);
  const root = keyRoot(graph, meaning.column);
  return column?.kind === 'column' && root !== undefined ? { column, root, reference, name: null } : undefined;
}

const callersKey = askedOnce((graph): KeyValue | undefined => {
  const table = graph.relation({ schema: 'auth', name: 'users' });
  const root = table?.kind === 'table' ? graph.column(table.id, 'id') : undefined;
  return root && { column: null, root, reference: null, name: null };
});

/** What the one column of a scalar subselect is. */
function outputOf(node: Node | undefined): Node | undefined {
  const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
  const { targetList, op } = fieldsOf(subselect, 'SelectStmt') ?? {};
  const [target, ...more] = targetList ?? [];
  if (subLinkType !== 'EXPR_SUBLINK' || more.length > 0 || (op !== undefined && op !== 'SETOP_NONE')) return node;
  return unwrapped(fieldsOf(target, 'ResTarget')?.val) ?? node;
}

/** What it is set to: keys of one table only. What a parameter is given is not known. */
function variableRoot(
  graph: SchemaGraph,
  routine: Routine | undefined,
  name: string,
  steps: number,
): Column | undefined {
  if (routine === undefined || routine.parameters.some((each) => each.name === name)) return undefined;
  const values = variableSources(graph, routine).get(name) ?? [];
  const roots = values
    .filter((each) => !('node' in each && isNull(each.node)))
    .map((each) =>
      'node' in each ? keyValue(graph, each.node, each.binding, routine, steps)?.root : keyRoot(graph, each.column),
    );
  return oneRoot(roots);
}

/** All that it returns are keys of one table; NULL is none. */
function resultRoot(graph: SchemaGraph, routine: Routine, steps: number): Column | undefined {
  if (routine.parameters.some(({ mode }) => mode === 'out' || mode === 'table' || mode === 'inout')) return undefined;
  const { block, expressions, isWhole } = routineShape(graph, routine);
  if (!isWhole) return undefined;
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const returned =
    block === null
      ? expressions.slice(-1).map(({ tree }) => tree)
      : [...eachStatement([block])].flatMap(({ statement }) => {
          if (statement.kind === 'return') return statement.value?.tree ?? [];
          return statement.kind === 'return-query' ? (statement.query?.tree ?? []) : [];
        });
  const roots = returned.flatMap((tree) => {
    const binding = bound.get(tree);
    const [target, ...more] = fieldsOf(tree, 'SelectStmt')?.targetList ?? [];
    const value = target === undefined ? tree : fieldsOf(target, 'ResTarget')?.val;
    if (isNull(value)) return [];
    return [
      binding === undefined || more.length > 0 ? undefined : keyValue(graph, value, binding, routine, steps)?.root,
    ];
  });
  return oneRoot(roots);
}

function isNull(node: Node | undefined): boolean {
  return fieldsOf(unwrapped(node), 'A_Const')?.isnull === true;
}

function oneRoot(roots: readonly (Column | undefined)[]): Column | undefined {
  const [first] = roots;
  return roots.every((each) => each?.id === first?.id) ? first : undefined;
}
