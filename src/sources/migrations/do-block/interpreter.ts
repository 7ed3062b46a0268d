// Long because it is one walk over the kinds of PL/pgSQL statements; what values, conditions and effects are lives beside it.
import type { Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Statement } from '../../../graph/journal.ts';
import type { SourceLocation } from '../../../sql/location.ts';
import { tagOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import type {
  PlBlock,
  PlBranch,
  PlExpression,
  PlHandler,
  PlLoop,
  PlStatement,
  PlTarget,
} from '../../../sql/plpgsql.ts';
import type { ReplayContext, Running } from '../context.ts';
import { Environment } from '../evaluation/environment.ts';
import { evaluate, timeAs } from '../evaluation/evaluate.ts';
import { type QueryRows, queryRows } from '../evaluation/query.ts';
import { RoutineText } from '../evaluation/routine-text.ts';
import { either, isKnown, isList, PartialText, type Truth, truthOf, UNKNOWN, type Value } from '../evaluation/value.ts';
import { Refusal } from '../refusal.ts';
import { defineRoutine, definitionIn } from '../statements/create-function.ts';
import { catches, catchesData, catchesMissing } from './conditions.ts';
import { Doubtful } from './doubtful.ts';
import { failsByData, onlyContinues, raises, writtenByCall } from './failures.ts';
import { callsMore, withKnownArguments } from './known-arguments.ts';
import { raisedMessage } from './raised-message.ts';

/**
 * How a list of statements ended. `maybe`: a branch that is not decided may have left it. `perhaps-next`: it may have gone on with
 * the next round of its loop, and nowhere else.
 */
type Outcome =
  | 'done'
  | 'maybe'
  | 'perhaps-next'
  | { readonly leave: 'return' | 'exit' | 'continue'; readonly label: string | null };

/** A DO block that runs longer than this is not followed further. */
const MOST_STATEMENTS = 50_000;

/** Of more that may be there or not, each is not looked at by itself. */
const MOST_POSSIBLE_ROWS = 200;

/** Runs the body of a DO block against the graph: what can be decided is folded, what cannot is said with its reach. */
export class Interpreter {
  readonly #context: ReplayContext;
  readonly #running: Running;
  readonly #statement: Statement | null;
  readonly #doubtful: Doubtful;
  /** Variables that hold one value and not a row. */
  readonly #scalars = new Set<string>();
  /** Variables of a type of whole numbers. */
  readonly #counts = new Set<string>();
  /** What the handler that runs has caught: RAISE alone throws it again. */
  #caught: Refusal | null = null;
  /** Something ran, or was looked at, that fails or not by what the files do not tell. */
  #mayHaveFailed = false;
  #steps = 0;

  /** @param subject what it runs, at the start of a sentence about what could not be decided */
  constructor(context: ReplayContext, subject = 'This DO block') {
    this.#context = context;
    this.#running = context.running;
    this.#statement = context.running.statement;
    this.#doubtful = new Doubtful(context, subject);
  }

  /** @param variables the arguments of a routine */
  run(block: PlBlock, variables: ReadonlyMap<string, Value> = new Map()): void {
    const env = new Environment(this.#context, new Map<string, Value>([['found', UNKNOWN], ...variables]));
    this.#block(block, env);
    this.#doubtful.say();
  }

  #block(block: PlBlock, env: Environment): Outcome {
    for (const each of block.declarations) {
      if (each.kind !== 'variable') continue;
      const value = each.default === undefined ? null : this.#value(each.default, env);
      const type = this.#context.nameOf(each.type.name?.names).name;
      env.set(each.name, timeAs(type, value, env));
      if (/^int[248]$/.test(type)) this.#counts.add(each.name);
      else this.#counts.delete(each.name);
      if (each.type.reference === 'rowtype' || each.type.text.toLowerCase() === 'record')
        this.#scalars.delete(each.name);
      else this.#scalars.add(each.name);
    }
    return block.handlers.length === 0 ? this.#list(block.body, env) : this.#guarded(block, env);
  }

  /** A block with EXCEPTION. What its body does to the schema is taken for done where nothing is known to refuse it. */
  #guarded(block: PlBlock, env: Environment): Outcome {
    const { builder, assumptions, listed } = this.#context;
    const mark = builder.mark();
    const rows = listed.mark();
    const before = env.branch();
    const wasStrict = assumptions.isStrict;
    const outerMayHaveFailed = this.#mayHaveFailed;
    assumptions.isStrict = wasStrict || block.handlers.some((each) => catchesMissing(namesOf(each)));
    this.#mayHaveFailed = false;
    let outcome: Outcome = 'done';
    let refusal: Refusal | null = null;
    try {
      outcome = this.#list(block.body, env);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
    } finally {
      assumptions.isStrict = wasStrict;
    }
    const possible = this.#mayHaveFailed ? block.handlers.filter((each) => catchesData(namesOf(each))) : [];
    this.#mayHaveFailed ||= outerMayHaveFailed;
    if (possible.length > 0) env.rejoin(before);
    if (refusal === null) return this.#perhapsHandled(possible, outcome, env, block.at);
    const { problem } = refusal;
    const handler = block.handlers.find((each) => catches(namesOf(each), problem));
    if (handler === undefined && possible.length === 0) throw refusal;
    builder.undoTo(mark);
    listed.undoTo(rows);
    if (handler === undefined || possible.some((each) => each !== handler))
      return this.#perhapsHandled(new Set([...possible, ...(handler ? [handler] : [])]), 'done', env, block.at);
    return this.#handle(handler, refusal, env);
  }

  #handle(handler: PlHandler, refusal: Refusal, env: Environment): Outcome {
    env.set('sqlerrm', UNKNOWN);
    env.set('sqlstate', UNKNOWN);
    const outer = this.#caught;
    this.#caught = refusal;
    try {
      return this.#list(handler.body, env);
    } finally {
      this.#caught = outer;
    }
  }

  /** Goes on behind a body that may have failed, so that one of these handlers may have run. */
  #perhapsHandled(handlers: Iterable<PlHandler>, outcome: Outcome, env: Environment, at: SourceLocation): Outcome {
    let [mayLeave, mayGoOn, isNextRound] = [false, false, true];
    for (const { body } of handlers) {
      const leaves = this.#doubtful.add(body, env, at);
      mayLeave ||= leaves;
      if (leaves) isNextRound &&= onlyContinues(body);
      mayGoOn ||= !raises(body);
    }
    if (mayLeave && isNextRound && outcome === 'done') return 'perhaps-next';
    if (mayLeave) return 'maybe';
    return outcome !== 'done' && mayGoOn ? 'maybe' : outcome;
  }

  #list(statements: readonly PlStatement[], env: Environment): Outcome {
    for (const [index, statement] of statements.entries()) {
      const outcome = this.#one(statement, env);
      if (outcome === 'done') continue;
      if (outcome !== 'maybe' && outcome !== 'perhaps-next') return outcome;
      return this.#undecided(statements.slice(index + 1), env, statement.at) === 'maybe' ? 'maybe' : outcome;
    }
    return 'done';
  }

  #one(statement: PlStatement, env: Environment): Outcome {
    if (++this.#steps > MOST_STATEMENTS) return this.#undecided([statement], env, statement.at);
    switch (statement.kind) {
      case 'block':
        return this.#block(statement, env);
      case 'if':
        return this.#branches(statement.branches, statement.else, env, statement.at);
      case 'case':
        return this.#case(statement, env);
      case 'loop':
      case 'while':
        return this.#while(statement, env);
      case 'for-range':
        return this.#forRange(statement, env);
      case 'for-query':
        return this.#forQuery(statement, env);
      case 'foreach':
        return this.#forEach(statement, env);
      case 'for-execute':
      case 'for-cursor':
        this.#context.listed.forgetAll();
        this.#forget(statement.targets, env);
        return this.#undecided(statement.body, env, statement.at);
      case 'exit':
      case 'continue': {
        const condition = statement.when === undefined ? true : truthOf(this.#value(statement.when, env));
        if (condition === UNKNOWN)
          return statement.kind === 'continue' && statement.label === undefined ? 'perhaps-next' : 'maybe';
        return condition === true ? { leave: statement.kind, label: statement.label ?? null } : 'done';
      }
      case 'return':
        return { leave: 'return', label: null };
      case 'raise':
        if (statement.level === 'exception') {
          if (this.#caught !== null && statement.message === undefined && statement.condition === undefined)
            throw this.#caught;
          this.#context.refuse(raisedMessage(statement, env, (name) => this.#counts.has(name)));
        }
        return 'done';
      case 'assign':
        this.#follow(statement.value.tree, statement.value.at, env);
        this.#assign(statement.target, this.#value(statement.value, env), env);
        return 'done';
      case 'sql':
        this.#sql(statement.sql, statement.into?.targets ?? [], env);
        return 'done';
      case 'perform':
        this.#sql(statement.query, [], env);
        return 'done';
      case 'call':
        this.#sql(statement.sql, [], env);
        env.forget(writtenByCall(statement.sql.tree, this.#context));
        return 'done';
      case 'execute':
        this.#execute(statement, env);
        return 'done';
      case 'diagnostics':
        this.#forget(
          statement.items.map((each) => each.target),
          env,
        );
        return 'done';
      case 'fetch':
        this.#forget(statement.into.targets, env);
        this.#mayHaveFailed = true;
        return 'done';
      default:
        if (statement.kind !== 'null') this.#mayHaveFailed = true;
        return 'done';
    }
  }

  #case(statement: Extract<PlStatement, { kind: 'case' }>, env: Environment): Outcome {
    for (const [index, branch] of statement.branches.entries()) {
      const truth = branch.conditions.reduce<Truth>((any, condition) => {
        const value = this.#value(condition, env);
        return either(
          any,
          statement.subject === undefined ? truthOf(value) : same(this.#value(statement.subject, env), value),
        );
      }, false);
      if (truth === true) return this.#list(branch.body, env);
      if (truth === UNKNOWN) {
        const rest = statement.branches.slice(index).flatMap((each) => each.body);
        return this.#undecided([...rest, ...(statement.else ?? [])], env, statement.at);
      }
    }
    return this.#list(statement.else ?? [], env);
  }

  #branches(
    branches: readonly PlBranch[],
    otherwise: readonly PlStatement[] | undefined,
    env: Environment,
    at: SourceLocation,
  ): Outcome {
    for (const [index, branch] of branches.entries()) {
      const truth = truthOf(this.#value(branch.condition, env));
      if (truth === true) return this.#list(branch.body, env);
      if (truth === UNKNOWN) {
        const rest = [...branches.slice(index).flatMap((each) => each.body), ...(otherwise ?? [])];
        return this.#undecided(rest, env, at);
      }
    }
    return this.#list(otherwise ?? [], env);
  }

  /** Statements that may or may not run: their effect is a doubt, what they assign is unknown from here on. */
  #undecided(statements: readonly PlStatement[], env: Environment, at: SourceLocation): Outcome {
    if (statements.length === 0) return 'done';
    this.#mayHaveFailed = true;
    return this.#doubtful.add(statements, env, at) ? 'maybe' : 'done';
  }

  /** @returns what the loop as a whole ends with, or null to go on with the next round */
  #round({ body, label }: PlLoop, env: Environment): Outcome | null {
    const outcome = this.#list(body, env);
    if (outcome === 'done' || outcome === 'perhaps-next') return null;
    if (outcome === 'maybe') return 'maybe';
    if (outcome.leave === 'return') return outcome;
    const isMine = outcome.label === null || outcome.label === (label ?? null);
    if (!isMine) return outcome;
    return outcome.leave === 'exit' ? 'done' : null;
  }

  #while(statement: Extract<PlLoop, { kind: 'loop' | 'while' }>, env: Environment): Outcome {
    for (;;) {
      const truth = statement.kind === 'loop' ? true : truthOf(this.#value(statement.condition, env));
      if (truth === UNKNOWN || this.#steps > MOST_STATEMENTS) return this.#undecided(statement.body, env, statement.at);
      if (truth !== true) return 'done';
      const outcome = this.#round(statement, env);
      if (outcome !== null) return outcome;
      this.#steps++;
    }
  }

  #forRange(statement: Extract<PlLoop, { kind: 'for-range' }>, env: Environment): Outcome {
    const [from, to] = [this.#value(statement.from, env), this.#value(statement.to, env)];
    const step = statement.step === undefined ? 1 : this.#value(statement.step, env);
    const variable = nameOf(statement.variable);
    if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number' || step < 1) {
      env.set(variable, UNKNOWN);
      return this.#undecided(statement.body, env, statement.at);
    }
    this.#scalars.add(variable);
    for (let i = from; statement.reverse ? i >= to : i <= to; i += statement.reverse ? -step : step) {
      if (++this.#steps > MOST_STATEMENTS) return this.#undecided(statement.body, env, statement.at);
      env.set(variable, i);
      const outcome = this.#round(statement, env);
      if (outcome !== null) return outcome;
    }
    return 'done';
  }

  #forQuery(statement: Extract<PlLoop, { kind: 'for-query' }>, env: Environment): Outcome {
    const rows = this.#rows(statement.query, env);
    const possible = rows?.isComplete ? [] : rows?.possible;
    if (rows === undefined || possible === undefined || possible.length > MOST_POSSIBLE_ROWS) {
      this.#context.listed.written(statement.query.tree, this.#context);
      this.#forget(statement.targets, env);
      return this.#undecided(statement.body, env, statement.at);
    }
    for (const row of rows.sure) {
      this.#receive(statement.targets, row, env);
      const outcome = this.#round(statement, env);
      if (outcome !== null) return outcome;
    }
    let mayLeave = false;
    for (const row of possible) {
      this.#receive(statement.targets, row, env);
      mayLeave = this.#undecided(statement.body, env, statement.at) !== 'done' || mayLeave;
    }
    return mayLeave && !onlyContinues(statement.body) ? 'maybe' : 'done';
  }

  #forEach(statement: Extract<PlLoop, { kind: 'foreach' }>, env: Environment): Outcome {
    const list = this.#value(statement.array, env);
    const [target, ...more] = statement.targets;
    if (!isList(list) || statement.slice > 0 || target === undefined || more.length > 0) {
      this.#forget(statement.targets, env);
      return this.#undecided(statement.body, env, statement.at);
    }
    for (const value of list) {
      env.set(nameOf(target), value);
      const outcome = this.#round(statement, env);
      if (outcome !== null) return outcome;
    }
    return 'done';
  }

  #value(expression: PlExpression, env: Environment): Value {
    const value = evaluate(expression.tree, env);
    if (!isKnown(value)) this.#mayHaveFailed = true;
    if (value === UNKNOWN && callsMore(expression.tree, this.#context)) this.#context.listed.forgetAll();
    return value;
  }

  #rows(query: PlExpression, env: Environment): QueryRows | undefined {
    return 'SelectStmt' in query.tree ? queryRows(query.tree.SelectStmt, env) : undefined;
  }

  /** `x := value`; of `r.field := value` and `a[1] := value` the whole variable is unknown from here on. */
  #assign(target: PlExpression, value: Value, env: Environment): void {
    const fields = 'ColumnRef' in target.tree ? (target.tree.ColumnRef.fields ?? []) : [];
    const [first, ...more] = fields;
    if (first && 'String' in first && more.length === 0) env.set(first.String.sval ?? '', value);
    else env.forget([/^"?[^".[\s]+/.exec(target.text)?.[0].replace('"', '').toLowerCase() ?? '']);
  }

  #forget(targets: readonly PlTarget[], env: Environment): void {
    for (const each of targets) env.set(nameOf(each), UNKNOWN);
  }

  /** A row into a record, or its values into variables one by one. */
  #receive(targets: readonly PlTarget[], row: ReadonlyMap<string, Value>, env: Environment): void {
    const [target] = targets;
    if (targets.length === 1 && target !== undefined && !this.#scalars.has(nameOf(target))) {
      env.set(nameOf(target), { columns: row });
      return;
    }
    const values = [...row.values()];
    for (const [index, each] of targets.entries())
      env.set(nameOf(each), each.name.length > 1 ? UNKNOWN : (values[index] ?? null));
  }

  #sql(sql: PlExpression, into: readonly PlTarget[], env: Environment): void {
    const rows = this.#rows(sql, env);
    const [first] = rows?.sure ?? [];
    this.#mayHaveFailed ||= rows?.sure.some((row) => [...row.values()].some((each) => !isKnown(each))) ?? false;
    env.set('found', rows === undefined ? UNKNOWN : first !== undefined ? true : rows.isComplete ? false : UNKNOWN);
    if (!rows?.isComplete) this.#forget(into, env);
    else if (into.length > 0) this.#receive(into, first ?? new Map(), env);
    if (rows === undefined) this.#inner(isQuery(sql.tree) ? withKnownArguments(sql.tree, env) : sql.tree, sql.at, null);
    else this.#follow(sql.tree, sql.at, env);
  }

  /** What an expression or a query over catalogs calls, for what that does besides giving a value. */
  #follow(tree: Node, at: SourceLocation, env: Environment): void {
    if (!callsMore(tree, this.#context)) return;
    this.#mayHaveFailed = true;
    const query: Node = isQuery(tree) ? tree : { SelectStmt: { targetList: [{ ResTarget: { val: tree } }] } };
    this.#inner(withKnownArguments(query, env), at, null);
  }

  #execute(statement: Extract<PlStatement, { kind: 'execute' }>, env: Environment): void {
    const value = this.#value(statement.query, env);
    const text = value instanceof PartialText ? (value.sql ?? value) : value;
    this.#forget(statement.into?.targets ?? [], env);
    if (text instanceof RoutineText && text.body !== undefined) {
      this.#giveBody(text.routine, text.body, statement.at);
      return;
    }
    if (typeof text !== 'string') {
      if (text === null) this.#context.refuse('query string argument of EXECUTE is null');
      this.#mayHaveFailed = true;
      this.#doubtful.dynamic(text instanceof PartialText ? text.filled() : [], statement.at);
      return;
    }
    const reading = readSql(text, statement.at.file);
    const [rejected] = reading.rejected;
    if (rejected) this.#context.refuse(`${rejected.message} in the text of EXECUTE: ${text.slice(0, 80)}`);
    for (const each of reading.statements) this.#inner(each.node, statement.at, text);
  }

  /** CREATE OR REPLACE of a routine as it was, with another body: it is made anew where it was dropped since. */
  #giveBody({ name, ...routine }: EntityOf<'function'>, text: string, at: SourceLocation): void {
    const outer = this.#statement;
    const statement: Statement | null =
      outer === null ? null : { ...outer, at: this.#running.fixedPlace ?? at, within: outer };
    const definition = { ...definitionIn(routine), body: { text, quoting: 'dollar', atomic: null } } as const;
    this.#context.runAs({ ...this.#running, statement, writer: statement ?? this.#running.writer }, () =>
      defineRoutine(name, definition, true, this.#context),
    );
  }

  /** Runs a statement of the block as one of its own. `made`: its text where it is not the file's; every place is then the one given. */
  #inner(node: Node, at: SourceLocation, made: string | null): void {
    const kind = tagOf(node) ?? '';
    this.#mayHaveFailed ||= failsByData(kind);
    const outer = this.#statement;
    const statement: Statement | null =
      outer === null ? null : { ...outer, kind, node, at: this.#running.fixedPlace ?? at, within: outer };
    const running: Running = {
      ...this.#running,
      statement,
      writer: statement ?? this.#running.writer,
      ...(made === null ? {} : { text: made, fixedPlace: at }),
    };
    if (statement !== null) this.#context.statements.push(statement);
    this.#context.runAs(running, () => this.#context.run(node, kind));
  }
}

/** SELECT or CALL: what runs routines, with arguments of the block's own. */
function isQuery(tree: Node): boolean {
  return 'SelectStmt' in tree || 'CallStmt' in tree;
}

function namesOf(handler: PlHandler): readonly string[] {
  return handler.conditions.map((each) => each.value);
}

/** The variable a target is, or is a part of. */
export function nameOf(target: PlTarget): string {
  return target.name[0] ?? '';
}

function same(a: Value, b: Value): Truth {
  if (a === null || b === null) return null;
  return isKnown(a) && isKnown(b) && typeof a !== 'object' ? a === b : UNKNOWN;
}
