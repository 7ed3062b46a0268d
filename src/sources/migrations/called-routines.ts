import type { FuncCall, Node } from '@pgsql/types';
import { inputTypes, isInput } from '../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { Doubt } from '../../graph/journal.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { tagOf } from '../../sql/nodes.ts';
import { readSql } from '../../sql/parse.ts';
import { readPlpgsql } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { constantText } from './buckets.ts';
import type { ReplayContext, Running } from './context.ts';
import { Doubtful } from './do-block/doubtful.ts';
import { Interpreter } from './do-block/interpreter.ts';
import { Environment } from './evaluation/environment.ts';
import { evaluate, timeAs } from './evaluation/evaluate.ts';
import { UNKNOWN, type Value } from './evaluation/value.ts';
import { identifiersOf, splitIdentifiers } from './setting-value.ts';

type Routine = EntityOf<'function'>;
type Effect = Pick<Doubt, 'aspects' | 'reach'>;

/**
 * Follows the calls in a query or CALL into the routines that the files define, for what they do to the schema. Built-in
 * functions and nearly all of the extensions' only look, or change data.
 * @param runsOnce whether the calls happen exactly once: what a call for each row of a table does is only doubted
 */
export function followCalls(tree: Node, runsOnce: boolean, context: ReplayContext): void {
  walk(tree, (tag, node) => {
    if (tag === 'FuncCall' && 'FuncCall' in node) followCall(node.FuncCall, runsOnce, context);
    return undefined;
  });
}

function followCall(call: FuncCall, runsOnce: boolean, context: ReplayContext): void {
  const { schema, name } = context.nameOf(call.funcname);
  const count = (call.args ?? []).length;
  const routine = context.names.functionEntities(schema, name).find((each) => takes(each, count));
  if (routine === undefined) {
    const effect = extensionEffect(name, call, context);
    if (effect) context.notUnderstood(`What ${name}() of an extension makes is not modelled.`, call.location, effect);
    return;
  }
  const isOwn = routine.origin.from !== 'platform' && routine.body !== null && routine.body.atomic === null;
  if (isOwn && !context.calls.has(routine.id)) {
    context.calls.add(routine.id);
    try {
      runBody(routine, call, runsOnce, context);
    } finally {
      context.calls.delete(routine.id);
    }
  }
}

function takes(routine: Routine, count: number): boolean {
  const inputs = inputTypes(routine).length;
  const defaults = routine.parameters.filter((each) => each.default !== null).length;
  return routine.parameters.some((each) => each.mode === 'variadic') || (count <= inputs && count >= inputs - defaults);
}

function runBody(routine: Routine, call: FuncCall, runsOnce: boolean, context: ReplayContext): void {
  insideRoutine(routine, context.at(call.location), context, () => {
    if (routine.language === 'plpgsql') runPlpgsql(routine, call, runsOnce, context);
    else if (routine.language === 'sql') runSql(routine, runsOnce, context);
  });
}

/** Runs what is in the body with the rights and the settings of the routine; everything it does is said to stand at `place`. */
export function insideRoutine(
  routine: Routine,
  place: SourceLocation,
  context: ReplayContext,
  action: () => void,
): void {
  const { session } = context;
  const outside = { role: session.role, searchPath: session.searchPath };
  const path = routine.config.find((each) => each.name === 'search_path')?.value;
  if (routine.security === 'definer') session.role = routine.owner;
  if (path !== undefined) session.searchPath = splitIdentifiers(path);
  const running: Running = { ...context.running, text: routine.body?.text ?? '', fixedPlace: place };
  try {
    context.runAs(running, action);
  } finally {
    Object.assign(session, outside);
  }
}

function runPlpgsql(routine: Routine, call: FuncCall, runsOnce: boolean, context: ReplayContext): void {
  const reading = readPlpgsql(routine.body?.text ?? '', (offset) => offset, context.running.file);
  if (!reading.ok) return;
  const subject = subjectOf(routine, context);
  const variables = argumentsOf(routine, call, context);
  if (runsOnce) new Interpreter(context, subject).run(reading.block, variables);
  else {
    const doubtful = new Doubtful(context, subject);
    doubtful.add([reading.block], new Environment(context, variables), context.at(undefined));
    doubtful.say();
  }
}

function runSql(routine: Routine, runsOnce: boolean, context: ReplayContext): void {
  const text = routine.body?.text ?? '';
  const { statements } = readSql(text, context.running.file);
  for (const { node } of statements) {
    const kind = tagOf(node) ?? '';
    if (kind === 'SelectStmt') followCalls(node, runsOnce, context);
    else if (runsOnce && !DATA.has(kind)) context.run(node, kind);
  }
  if (runsOnce) return;
  const doubtful = new Doubtful(context, subjectOf(routine, context));
  doubtful.dynamic(text, context.at(undefined));
  doubtful.say();
}

function subjectOf(routine: Routine, context: ReplayContext): string {
  return `The call of ${context.graph.path(routine)}`;
}

const DATA = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

function argumentsOf(routine: Routine, call: FuncCall, context: ReplayContext): Map<string, Value> {
  const env = new Environment(context);
  const variables = new Map<string, Value>();
  const inputs = routine.parameters.filter(isInput);
  for (const [at, parameter] of inputs.entries()) {
    if (parameter.name === null) continue;
    const given = call.args?.[at];
    const isNamed = (call.args ?? []).some((each) => 'NamedArgExpr' in each);
    const value = given ?? (isNamed ? undefined : parameter.default?.tree);
    variables.set(parameter.name, isNamed ? UNKNOWN : timeAs(parameter.type.name.name, evaluate(value, env), env));
  }
  return variables;
}

/** Functions of extensions that make or change relations. */
function extensionEffect(name: string, call: FuncCall, context: ReplayContext): Effect | undefined {
  const schema = context.nameOf(call.funcname).schema;
  if (schema === 'pgmq')
    return /^(create|drop)/.test(name) ? { aspects: ['existence'], reach: { schemas: ['pgmq'] } } : undefined;
  const aspects = EXTENSION_EFFECTS.get(name.toLowerCase());
  return aspects && { aspects, reach: tableOf(call, context) };
}

const EXTENSION_EFFECTS: ReadonlyMap<string, Exclude<Doubt['aspects'], 'anything'>> = new Map([
  ['create_hypertable', ['indexes', 'triggers', 'constraints']],
  ['create_parent', ['existence', 'indexes']],
  ['create_distributed_table', ['constraints', 'indexes']],
  ['enable_tracking', ['triggers']],
  ['disable_tracking', ['triggers']],
  ['addgeometrycolumn', ['columns', 'constraints']],
  ['dropgeometrycolumn', ['columns', 'constraints']],
  ['dropgeometrytable', ['existence']],
] as const);

/** The table that the first arguments name: 'schema.table', or 'schema', 'table'. */
function tableOf(call: FuncCall, context: ReplayContext): Doubt['reach'] {
  const words = (call.args ?? []).slice(0, 2).map((each) => constantText(each) ?? '');
  const candidates = [identifiersOf(words[0] ?? ''), words];
  for (const parts of candidates) {
    const found = context.names.relationEntity(parts.at(-2), parts.at(-1) ?? '');
    if (found) return { entities: [found.id] };
  }
  return 'any';
}
