import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import { isEmpty, isNeverTrue } from '../binding/questions/never-true.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { certainRun, meaningsOf } from '../query-shapes/certain-run.ts';
import { columnMeaning, unwrapped, variableOf } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions, variablesSetBy } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { whereOf } from '../query-shapes/row-equalities.ts';
import { calledFunction, callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { CHOICES, isRandomKey } from './found-by-secret.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/** Without the key a call of the routine comes to nothing. */
export interface SecretGate {
  readonly key: Column;
  /** Another argument says on which row to act, or for whom. */
  readonly isChoosing: boolean;
  /** Another argument says for whom. */
  readonly isForOthers: boolean;
}

/**
 * The random key without which a call comes to nothing: a row of it is looked for by an argument, or by a function that does so, and where there is none no other
 * row is read or written before the call ends. What else a caller names then is for the body to limit, and for who has given out the key.
 */
export const gatedBySecret = askedOnce((graph: SchemaGraph, routine: Routine): SecretGate | undefined => {
  const gate = keptBy(graph, routine, true);
  if (gate === undefined) return undefined;
  const others = routine.parameters.filter((each) => isInput(each) && each !== gate.parameter);
  return {
    key: gate.key,
    isChoosing: others.some(({ name, type }) => typeClass(graph, type) === 'uuid' || isNamed(name ?? '', CHOICES)),
    isForOthers: others.some(({ name }) => isNamed(name ?? '', PEOPLE)),
  };
});

const PEOPLE: NamePatterns = ['*_user_id', '*_uid', '*_user', '*_profile_id', '*_member_id', '*_account_id'];

interface Gate {
  readonly key: Column;
  readonly parameter: Routine['parameters'][number];
}

/** @param mayAskHelper a function that it asks is taken to look for the key as well */
function keptBy(graph: SchemaGraph, routine: Routine, mayAskHelper: boolean): Gate | undefined {
  const shape = routineShape(graph, routine);
  if (!shape.isWhole) return undefined;
  const { block, expressions } = shape;
  const binding = meaningsOf(expressions) as Binding;
  const statements = block === null ? [] : [...eachStatement([block])];
  const set = new Set(statements.flatMap((each) => variablesSetBy(each.statement)));
  const given = new Map(
    routine.parameters.flatMap((each, at) =>
      isInput(each) && !set.has(each.name ?? '')
        ? [[`$${at + 1}`, each] as const, [each.name ?? '', each] as const]
        : [],
    ),
  );
  const parameterIn = (node: Node | undefined) => given.get(variableOf(node, binding) ?? '$0');
  let gate: Gate | undefined;
  const worth = (node: Node): false | null | undefined => {
    const found =
      'A_Expr' in node ? askedIn(node) : mayAskHelper && 'RangeFunction' in node ? handedOn(node) : undefined;
    if (found === undefined) return undefined;
    gate ??= found;
    // A function that gives rows by the key has none to give.
    return 'A_Expr' in node ? false : null;
  };
  return comesToNothing(graph, shape, worth) ? gate : undefined;

  /** `links.token = p_token` */
  function askedIn(node: Node): Gate | undefined {
    const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
    if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') return undefined;
    const [column, parameter] =
      parameterIn(rexpr) === undefined ? [rexpr, parameterIn(lexpr)] : [lexpr, parameterIn(rexpr)];
    const meaning = parameter === undefined ? undefined : columnMeaning(column, binding);
    const key = meaning?.column === undefined ? undefined : graph.find(meaning.column);
    return parameter !== undefined && key?.kind === 'column' && isRandomKey(graph, key)
      ? { key, parameter }
      : undefined;
  }

  /** `from client_by_link(p_token)` */
  function handedOn(node: Node): Gate | undefined {
    const call = callIn(node);
    const [first, another] = fieldsOf(call, 'FuncCall')?.args ?? [];
    const parameter = another === undefined ? parameterIn(first) : undefined;
    const helper = parameter && calledFunction(graph, call, binding);
    const own = helper && keptBy(graph, helper, false);
    return parameter && own && { key: own.key, parameter };
  }
}

/** The one call in `from helper(token)`. */
function callIn(node: Node): Node | undefined {
  const [first, another] = fieldsOf(node, 'RangeFunction')?.functions ?? [];
  const [call] = fieldsOf(first, 'List')?.items ?? [];
  return another === undefined ? unwrapped(call) : undefined;
}

/** Is nothing read or written where parts of the body's expressions are worth that? */
function comesToNothing(
  graph: SchemaGraph,
  shape: RoutineShape,
  worth: (node: Node) => false | null | undefined,
): boolean {
  const { block, expressions, queries } = shape;
  const bound = new Map<Node, Bound>(expressions.map((each) => [each.tree, each]));
  if (block === null)
    return expressions.length > 0 && queries.every((each) => meetsNone(each, worth)) && !expressions.some(isCalling);
  const run = certainRun(shape, worth);
  if (run.end === undefined) return false;
  return run.reached.every(({ statement }) =>
    ownExpressions(statement).every(({ tree }) => {
      const own = bound.get(tree);
      if (own === undefined) return false;
      return (
        !isCalling(own) && queries.filter(({ binding }) => binding === own).every((each) => meetsNone(each, worth))
      );
    }),
  );

  /** What it calls may read and write on its own, but for what gives the row of the key. */
  function isCalling(expression: Bound): boolean {
    if (!callsUsersFunction(graph, expression)) return false;
    const helpers = new Set(
      nodesOf(expression.tree, 'RangeFunction').flatMap((each) => {
        const node = { RangeFunction: each };
        return worth(node) === null ? (fieldsOf(callIn(node), 'FuncCall') ?? []) : [];
      }),
    );
    return nodesOf(expression.tree, 'FuncCall').some(
      (call) => !helpers.has(call) && calledFunction(graph, { FuncCall: call }, expression) !== undefined,
    );
  }
}

function meetsNone(query: Query, worth: (node: Node) => false | null | undefined): boolean {
  if (query.sources.length === 0 && query.writes.length === 0) return true;
  const select = fieldsOf(query.node, 'SelectStmt');
  // Of no row an aggregate makes one, which tells of none.
  if (select !== undefined) return isEmpty({ ...select, targetList: [] }, worth);
  const where = 'InsertStmt' in query.node ? undefined : whereOf(query);
  return where !== undefined && isNeverTrue(where, worth);
}
