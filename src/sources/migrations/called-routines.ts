import type { FuncCall, Node } from '@pgsql/types';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { Doubt } from '../../graph/journal.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { identifiersOf, splitIdentifiers } from '../../sql/names-in-text.ts';
import { fieldsOf, tagOf } from '../../sql/nodes.ts';
import { readSql } from '../../sql/parse.ts';
import { readPlpgsql } from '../../sql/plpgsql.ts';
import { type Child, walkBelow } from '../../sql/walk.ts';
import { constantText } from './buckets.ts';
import type { ReplayContext, Running } from './context.ts';
import { Doubtful } from './do-block/doubtful.ts';
import { Interpreter } from './do-block/interpreter.ts';
import { Environment } from './evaluation/environment.ts';
import { evaluate } from './evaluation/evaluate.ts';
import { argumentsOf, calledRoutines, isFollowed } from './evaluation/routine-arguments.ts';
import { isKnown, type Value } from './evaluation/value.ts';

type Routine = EntityOf<'function'>;
type Effect = Pick<Doubt, 'aspects' | 'reach'>;

/**
 * Follows the calls in a query or CALL into the routines that the files define, for what they do to the schema. Built-in
 * functions and nearly all of the extensions' only look, or change data.
 * @param runsOnce whether the calls happen exactly once: what a call for each row of a table does is only doubted
 */
export function followCalls(tree: Node, runsOnce: boolean, context: ReplayContext): void {
  walkBelow(tree, (tag, node, parents) => {
    if (tag === 'FuncCall' && 'FuncCall' in node)
      followCall(node.FuncCall, runsOnce && !parents.some(mayNotRun), context);
    return undefined;
  });
}

/** What is inside is asked for only where it is needed, or for each row of something. */
function mayNotRun({ tag, node, field }: Child): boolean {
  if (tag === 'CaseExpr' || tag === 'CoalesceExpr' || tag === 'BoolExpr') return true;
  const query = field === '' ? undefined : fieldsOf(node, 'SelectStmt');
  return query?.fromClause !== undefined || query?.whereClause !== undefined;
}

function followCall(call: FuncCall, runsOnce: boolean, context: ReplayContext): void {
  const { name } = context.nameOf(call.funcname);
  const routines = calledRoutines(call, context);
  if (routines.length === 0) {
    const effect = extensionEffect(name, call, context);
    if (effect) context.notUnderstood(`What ${name}() of an extension makes is not modelled.`, call.location, effect);
    return;
  }
  const isSure = runsOnce && routines.length === 1;
  for (const routine of routines) {
    if (!isFollowed(routine) || context.calls.has(routine.id)) continue;
    context.calls.add(routine.id);
    try {
      runBody(routine, call, isSure, context);
    } finally {
      context.calls.delete(routine.id);
    }
  }
}

function runBody(routine: Routine, call: FuncCall, runsOnce: boolean, context: ReplayContext): void {
  insideRoutine(routine, context.at(call.location), context, () => {
    const env = new Environment(context);
    const values = (call.args ?? []).map((each) => evaluate(each, env));
    const variables = argumentsOf(routine, call, values, context);
    // One that is STRICT does not run for a NULL.
    const mayRest = routine.isStrict && [...variables.values()].some((each) => each === null || !isKnown(each));
    const isSure = runsOnce && !mayRest;
    if (routine.language === 'plpgsql') runPlpgsql(routine, variables, isSure, context);
    else if (routine.language === 'sql') runSql(routine, isSure, context);
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

function runPlpgsql(routine: Routine, variables: Map<string, Value>, runsOnce: boolean, context: ReplayContext): void {
  const reading = readPlpgsql(routine.body?.text ?? '', (offset) => offset, context.running.file);
  if (!reading.ok) return;
  const subject = subjectOf(routine, context);
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
    else if (DATA.has(kind)) context.listed.forgetAll();
    else if (runsOnce) context.run(node, kind);
  }
  if (runsOnce) return;
  const doubtful = new Doubtful(context, subjectOf(routine, context));
  doubtful.dynamic([text], context.at(undefined));
  doubtful.say();
}

function subjectOf(routine: Routine, context: ReplayContext): string {
  return `The call of ${context.graph.path(routine)}`;
}

const DATA = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

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
