import type { Node, ResTarget } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression } from '../../sql/plpgsql.ts';
import { anyNode, walkBelow } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound, CheckedExpression } from '../query-shapes/block-queries.ts';
import { valueUnder } from '../query-shapes/column-under.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { eachStatement, leaves } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesPast } from '../query-shapes/writes-past.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { functionAsksCaller, sourceOf } from './caller-source.ts';
import { type NobodysBranch, nobodysBranch } from './nobodys-branch.ts';
import { nullCalls } from './null-results.ts';
import { nullVariables } from './null-variables.ts';
import { keptArguments, type SentIdentity, sentIdentity } from './sent-identity.ts';
import { isNullSignedOut, isPassedSignedOut, isVariableAmong } from './signed-out.ts';
import { unknownCalls } from './unknown-calls.ts';

/** What a routine's body makes of who calls. */
export interface CallerTests {
  /**
   * The conditions by which it asks, where these are all it asks by and each is NULL or false for a caller who is not signed in: what stands under
   * IF is then passed over, the refusal with it. Empty where it asks in any other way as well.
   */
  readonly evaded: readonly PlExpression[];
  /** Does one of them spare those who are not signed in on purpose: `auth.uid() is not null and auth.uid() <> p_user`? It is false for them. */
  readonly isSparing?: boolean;
  /** Does who calls decide anything, or is it only written down? Undefined where that cannot be told. */
  readonly asks: boolean | undefined;
  /** The IF by which those who are not signed in are spared all of its questions. */
  readonly sparedBy?: NobodysBranch | undefined;
  /** The arguments where it asks only if they are left empty: whoever sends one is taken at their word. Then it asks nothing else. */
  readonly sent: ReadonlySet<string>;
}

const NONE_SENT: ReadonlySet<string> = new Set();

export const callerTests = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): CallerTests => {
  const found = knownTests(graph, routine);
  const isOpen = found.asks === false && unknownCalls(graph, routine).length > 0;
  return isOpen ? { evaded: [], asks: undefined, sent: NONE_SENT } : found;
});

/** What is known to ask, whatever else the body may call. */
function knownTests(graph: SchemaGraph, routine: EntityOf<'function'>): CallerTests {
  const asks = functionAsksCaller(graph, routine);
  if (asks !== true) return { evaded: [], asks, sent: NONE_SENT };
  const { block, expressions, calls } = routineShape(graph, routine);
  const isNullCall = nullCalls(graph);
  const kept = keptArguments(routine, block, expressions);
  const variables = nullVariables(block, expressions, new Set(), isNullCall, kept);
  /** `get_role(auth.uid())`, `(select role from profiles where id = auth.uid())`: NULL for whoever is not signed in. */
  const isNullValue = (node: Node, bound: Bound): boolean =>
    ('FuncCall' in node || 'SubLink' in node) && isNullSignedOut(node, bound, variables.names, isNullCall);
  const isAnyCaller = (node: Node, bound: Bound): boolean => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = bound.meanings.get(reference ?? node);
    // Beside a table whose columns are not known a bare name is the variable: were it a column too, the statement would fail.
    const [bare, ...more] = meaning === undefined ? stringsOf(reference?.fields) : [];
    const variable = meaning?.kind === 'variable' ? meaning.name : more.length === 0 ? bare : undefined;
    const isVariable = variable !== undefined && isVariableAmong(variables.names, variable);
    return isVariable || isNullValue(node, bound) || sourceOf(graph, node, bound) !== undefined;
  };
  const sent = sentIdentity(kept, block, expressions, isAnyCaller);
  const passed = new Set<string>();
  const isSpared: IsCaller = (node, bound) => {
    if (sent.spared.has(node)) return true;
    const given = sentOn(graph, routine, kept, sent, node, bound);
    for (const each of given ?? []) passed.add(each);
    return given !== undefined;
  };
  const isCaller: IsCaller = (node, bound) => isAnyCaller(node, bound) && !isSpared(node, bound);
  const told = block === null ? NOTHING_TOLD : whatIsTold(block);
  const asking = (): CallerTests => {
    const sparedBy = nobodysBranch(graph, routine, (each, isHeld) => {
      const isIt: IsCaller = (node, bound) => isHeld(node) || isCaller(node, bound);
      return notedIn(graph, each, isIt) === 'nullable' || isTold(each, told, isIt);
    });
    return { evaded: [], asks: true, sparedBy, sent: NONE_SENT };
  };
  const askingCalls = new Set(calls.filter((id) => mayAsk(graph, id)));
  if (
    askingCalls.size > 0 &&
    expressions.some((each) =>
      callsOtherwise(graph, each, askingCalls, (node, bound) => isNullValue(node, bound) || isSpared(node, bound)),
    )
  )
    return asking();
  if (block !== null && looksForOwnRow(block, variables.setters) && expressions.some(mentionsFound)) return asking();
  const tests = expressions.filter(
    (each) => !variables.setters.has(each.tree) && anyNode(each.tree, (node) => isCaller(node, each)),
  );
  const refusing = block === null ? [] : refusingConditions(block);
  const evaded: PlExpression[] = [];
  const failing = new Set<Node>();
  let isSparing = false;
  for (const each of tests) {
    const guard = refusing.find(({ tree }) => tree === each.tree);
    const noted = guard === undefined ? notedIn(graph, each, isCaller) : undefined;
    if (guard === undefined && (noted === 'nullable' || isTold(each, told, isCaller))) continue;
    if (noted === 'refused') {
      failing.add(each.tree);
      continue;
    }
    if (
      guard === undefined ||
      !isNegative(each, isCaller) ||
      !isPassedSignedOut(each.tree, each, variables.names, isNullCall)
    )
      return asking();
    evaded.push(guard);
    isSparing ||= anyNode(each.tree, (node) => isWhetherAny(node, (arg) => isCaller(arg, each)));
  }
  // The INSERT that NULL makes fail protects only what does not run without it.
  if (failing.size > 0 && (block === null || evaded.length === 0 || !writesPast(block, failing))) return asking();
  return {
    evaded,
    isSparing,
    asks: evaded.length > 0,
    sent: evaded.length > 0 ? NONE_SENT : new Set([...sent.parameters, ...passed]),
  };
}

/** Those that are being looked through: what calls itself adds nothing. */
const openRoutines = askedOnce((_: SchemaGraph) => new Set<EntityOf<'function'>>());

/** The arguments that the routine hands on as they were sent, to a function which asks only where they are left empty; undefined where it asks anything else, or gets another value. */
function sentOn(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  kept: ReadonlySet<string>,
  { variables }: SentIdentity,
  node: Node,
  bound: Bound,
): readonly string[] | undefined {
  const [call, called] = [fieldsOf(node, 'FuncCall'), calledFunction(graph, node, bound)];
  const open = openRoutines(graph);
  if (call === undefined || called === undefined || open.has(called)) return undefined;
  open.add(routine);
  const { asks, sent } = callerTests(graph, called);
  open.delete(routine);
  const given = argumentsOf(called, call);
  if (asks !== false || sent.size === 0 || given === undefined) return undefined;
  const names = [...sent].flatMap((each) => {
    const name = variableOf(valueUnder(given.get(each)).value, bound);
    const argument = name === null ? undefined : (variables.get(name) ?? name);
    return argument !== undefined && kept.has(argument) ? [argument] : [];
  });
  return names.length === sent.size ? names : undefined;
}

function looksForOwnRow(block: PlBlock, setters: ReadonlySet<Node>): boolean {
  return [...eachStatement([block])].some(
    ({ statement }) => statement.kind === 'sql' && setters.has(statement.sql.tree),
  );
}

/** What FOUND says of a query for the caller's own row is as good as a test. */
function mentionsFound({ tree, meanings }: CheckedExpression | Bound): boolean {
  return anyNode(tree, (node) => {
    const meaning = meanings.get(fieldsOf(node, 'ColumnRef') ?? node);
    return meaning?.kind === 'variable' && meaning.name === 'found';
  });
}

/** The conditions of IF that end the run where they hold. */
export function refusingConditions(block: PlBlock): readonly PlExpression[] {
  return [...eachStatement([block])].flatMap(({ statement }) => {
    if (statement.kind !== 'if') return [];
    return statement.branches.flatMap(({ condition, body }) => (leaves(body) ? [condition] : []));
  });
}

/** By the trees of its expressions, what a body writes into its log or gives back. */
interface Told {
  readonly raised: ReadonlySet<Node>;
  readonly returned: ReadonlySet<Node>;
}

const NOTHING_TOLD: Told = { raised: new Set(), returned: new Set() };

function whatIsTold(block: PlBlock): Told {
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const raised = statements.flatMap((each) =>
    each.kind === 'raise' ? [...each.params, ...each.options.map(({ value }) => value)] : [],
  );
  const returned = statements.flatMap((each) => (each.kind === 'return' ? (each.value ?? []) : []));
  const trees = (list: readonly PlExpression[]) => new Set(list.map(({ tree }) => tree));
  return { raised: trees(raised), returned: trees(returned) };
}

/** Is the caller only named in a message, or in an answer that is put together from it: `return json_build_object('me', auth.uid())`? */
function isTold(bound: Bound, { raised, returned }: Told, isCaller: IsCaller): boolean {
  if (raised.has(bound.tree)) return true;
  if (!returned.has(bound.tree)) return false;
  let isOnlyTold = true;
  walkBelow(bound.tree, (_, node, parents) => {
    if (!isCaller(node, bound)) return undefined;
    isOnlyTold &&= parents.length > 0 && parents.every((each) => passesOn(each.node));
    return 'skip';
  });
  return isOnlyTold;
}

const BUILDERS = new Set([
  'json_build_object',
  'jsonb_build_object',
  'json_build_array',
  'jsonb_build_array',
  'format',
  'concat',
]);

/** Does the node put its parts together, and ask nothing of them? */
function passesOn(node: Node): boolean {
  if ('TypeCast' in node || 'A_ArrayExpr' in node || 'RowExpr' in node) return true;
  const call = fieldsOf(node, 'FuncCall');
  return call !== undefined && BUILDERS.has(stringsOf(call.funcname).at(-1) ?? '');
}

type IsCaller = (node: Node, bound: Bound) => boolean;

/**
 * Does it ask for who the caller is not: `<>`, or below a NOT? What is right for the caller grants, and NULL then refuses. Beside that it may ask whether
 * there is a caller at all: `auth.uid() is not null and auth.uid() <> p_user`.
 */
function isNegative(bound: Bound, isCaller: IsCaller): boolean {
  let isUnequal = true;
  let isCompared = false;
  walkBelow(bound.tree, (_, node, parents) => {
    if (!isCaller(node, bound)) return undefined;
    const parent = parents.at(-1)?.node;
    if (parent !== undefined && isWhetherAny(parent, (arg) => arg === node)) return 'skip';
    isCompared = true;
    const compared = parents.findLast((each) => each.tag === 'A_Expr');
    const operator = stringsOf(fieldsOf(compared?.node, 'A_Expr')?.name).at(-1) ?? '';
    const isNot = parents.some(({ node: each }) => fieldsOf(each, 'BoolExpr')?.boolop === 'NOT_EXPR');
    if (operator !== '<>' && operator !== '!=' && !isNot) isUnequal = false;
    return 'skip';
  });
  return isUnequal && isCompared;
}

/** `auth.uid() is not null`. */
function isWhetherAny(node: Node, isIt: (tested: Node) => boolean): boolean {
  const test = fieldsOf(node, 'NullTest');
  return test?.arg !== undefined && test.nulltesttype === 'IS_NOT_NULL' && isIt(test.arg);
}

/**
 * Is the caller only a value that INSERT or UPDATE writes: `nullable` into columns that may be NULL, `refused` where an INSERT with such a NULL fails?
 */
function notedIn(graph: SchemaGraph, bound: Bound, isCaller: IsCaller): 'nullable' | 'refused' | undefined {
  const count = (node: Node): number => {
    let found = 0;
    walkBelow(node, (_, each, parents) => {
      if (!isCaller(each, bound)) return undefined;
      // In a subselect or CASE it decides what is written.
      found += parents.some(({ tag }) => tag === 'SubLink' || tag === 'CaseWhen') ? Number.NaN : 1;
      return 'skip';
    });
    return found;
  };
  const written = storedValues(bound.tree).map(([target, value]) => ({ target, found: count(value) }));
  const mayBeNull = written.every(({ target, found }) => {
    const meaning = bound.meanings.get(target);
    const column = meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
    return found === 0 || (column?.kind === 'column' && !column.notNull && column.default === null);
  });
  if (written.reduce((sum, { found }) => sum + found, 0) !== count(bound.tree)) return undefined;
  if (mayBeNull) return 'nullable';
  return fieldsOf(bound.tree, 'InsertStmt')?.onConflictClause === undefined && 'InsertStmt' in bound.tree
    ? 'refused'
    : undefined;
}

/** The columns that a statement sets, by the grammar's node, each with its value. */
function storedValues(tree: Node): readonly (readonly [target: ResTarget, value: Node])[] {
  const set = (targets: readonly Node[] | undefined) =>
    (targets ?? []).flatMap((each): readonly (readonly [ResTarget, Node])[] => {
      const target = fieldsOf(each, 'ResTarget');
      return target?.val === undefined ? [] : [[target, target.val]];
    });
  if ('UpdateStmt' in tree) return set(tree.UpdateStmt.targetList);
  const insert = fieldsOf(tree, 'InsertStmt');
  const source = fieldsOf(insert?.selectStmt, 'SelectStmt');
  const outputs = (source?.targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.val);
  const rows = (source?.valuesLists ?? []).map((row) => fieldsOf(row, 'List')?.items ?? []);
  const inserted = (insert?.cols ?? []).flatMap((each, at) =>
    [outputs, ...rows].flatMap((row): readonly (readonly [ResTarget, Node])[] => {
      const [target, value] = [fieldsOf(each, 'ResTarget'), row[at]];
      return target === undefined || value === undefined ? [] : [[target, value]];
    }),
  );
  return [...inserted, ...set(insert?.onConflictClause?.targetList)];
}

/** Is one of the functions called where its result is not NULL for nobody in particular? */
function callsOtherwise(
  graph: SchemaGraph,
  bound: Bound,
  functions: ReadonlySet<EntityOf<'function'>['id']>,
  isNullValue: IsCaller,
): boolean {
  return anyNode(bound.tree, (node) => {
    const called = calledFunction(graph, node, bound);
    return called !== undefined && functions.has(called.id) && !isNullValue(node, bound);
  });
}

function mayAsk(graph: SchemaGraph, id: EntityOf<'function'>['id']): boolean {
  const called = graph.find(id);
  return called?.kind === 'function' && isUsersOwn(graph, called) && functionAsksCaller(graph, called) !== false;
}
