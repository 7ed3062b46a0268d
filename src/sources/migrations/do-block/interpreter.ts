// Long because it is one walk over the kinds of PL/pgSQL statements; what values, conditions and effects are lives beside it.
import type { Node } from '@pgsql/types';
import type { Statement } from '../../../graph/journal.ts';
import type { Expression } from '../../../sql/expression.ts';
import type { SourceLocation } from '../../../sql/location.ts';
import { readSql } from '../../../sql/parse.ts';
import type { PlBlock, PlSql, PlStatement, PlTargets } from '../../../sql/plpgsql-tree.ts';
import type { ReplayContext, Running } from '../context.ts';
import { Environment } from '../evaluation/environment.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { type QueryRows, queryRows } from '../evaluation/query.ts';
import { isList, PartialText, truthOf, UNKNOWN, type Value } from '../evaluation/value.ts';
import { Refusal } from '../refusal.ts';
import { runOrThrow } from '../replay.ts';
import { catches, catchesMissing } from './conditions.ts';
import { Doubtful } from './doubtful.ts';

/** How a list of statements ended. `maybe`: a branch that is not decided may have left it. */
type Outcome = 'done' | 'maybe' | { readonly leave: 'return' | 'exit' | 'continue'; readonly label: string | null };

/** A DO block that runs longer than this is not followed further. */
const MOST_STATEMENTS = 50_000;

/** Runs the body of a DO block against the graph: what can be decided is folded, what cannot is said with its reach. */
export class Interpreter {
  readonly #context: ReplayContext;
  readonly #statement: Statement | null;
  readonly #running: Running;
  readonly #doubtful: Doubtful;
  /** Whether locations in the body's trees are offsets in the file. */
  readonly #isPlaced: boolean;
  readonly #bodyText: string;
  readonly #scalars = new Set<string>();
  #steps = 0;

  constructor(context: ReplayContext, body: { readonly text: string; readonly isPlaced: boolean }) {
    this.#context = context;
    this.#running = context.running;
    this.#statement = context.running.statement;
    this.#isPlaced = body.isPlaced;
    this.#bodyText = body.text;
    this.#doubtful = new Doubtful(context);
  }

  run(block: PlBlock): void {
    const env = new Environment(this.#context, new Map<string, Value>([['found', UNKNOWN]]));
    this.#block(block, env);
    this.#doubtful.say();
  }

  #block(block: PlBlock, env: Environment): Outcome {
    for (const each of block.declarations) {
      env.set(each.name, each.default === null ? null : this.#value(each.default, env));
      if (each.typeText !== null && !/^record$|%rowtype$/i.test(each.typeText.trim())) this.#scalars.add(each.name);
      else this.#scalars.delete(each.name);
    }
    if (block.handlers.length === 0) return this.#list(block.body, env);
    const { builder, assumptions } = this.#context;
    const mark = builder.mark();
    const wasStrict = assumptions.isStrict;
    assumptions.isStrict = wasStrict || block.handlers.some((each) => catchesMissing(each.conditions));
    try {
      return this.#list(block.body, env);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const handler = block.handlers.find((each) => catches(each.conditions, error.problem));
      if (!handler) throw error;
      builder.undoTo(mark);
      assumptions.isStrict = wasStrict;
      env.set('sqlerrm', UNKNOWN);
      env.set('sqlstate', UNKNOWN);
      return this.#list(handler.body, env);
    } finally {
      assumptions.isStrict = wasStrict;
    }
  }

  #list(statements: readonly PlStatement[], env: Environment): Outcome {
    for (const [index, statement] of statements.entries()) {
      const outcome = this.#one(statement, env);
      if (outcome === 'done') continue;
      if (outcome === 'maybe') this.#undecided(statements.slice(index + 1), env, statement.at);
      return outcome;
    }
    return 'done';
  }

  #one(statement: PlStatement, env: Environment): Outcome {
    if (++this.#steps > MOST_STATEMENTS) return this.#undecided([statement], env, statement.at);
    switch (statement.kind) {
      case 'block':
        return this.#block(statement, env);
      case 'if':
        return this.#branches(statement.branches, statement.otherwise, env, statement.at);
      case 'case':
        return statement.subject === null
          ? this.#branches(statement.branches, statement.otherwise, env, statement.at)
          : this.#undecided([statement], env, statement.at);
      case 'loop':
      case 'while':
        return this.#while(statement, env);
      case 'forInteger':
        return this.#forInteger(statement, env);
      case 'forQuery':
        return this.#forQuery(statement, env);
      case 'forEach':
        return this.#forEach(statement, env);
      case 'exit': {
        const condition = statement.condition === null ? true : truthOf(this.#value(statement.condition, env));
        if (condition === UNKNOWN) return 'maybe';
        return condition === true ? { leave: statement.isExit ? 'exit' : 'continue', label: statement.label } : 'done';
      }
      case 'return':
        return { leave: 'return', label: null };
      case 'raise':
        if (statement.level === 'exception')
          this.#context.refuse(statement.message ?? statement.condition ?? 'an exception is raised');
        return 'done';
      case 'assign':
        this.#assign([statement.target], [this.#value(statement.value, env)], env);
        return 'done';
      case 'sql':
      case 'perform':
      case 'call':
        this.#sql(statement.sql, statement.kind === 'sql' ? statement.into : [], env);
        return 'done';
      case 'execute':
        this.#execute(statement, env);
        return 'done';
      case 'getDiagnostics':
        env.forget(statement.targets.map((each) => each.variable));
        return 'done';
      case 'fetch':
        env.forget(statement.into);
        return 'done';
      default:
        return 'done';
    }
  }

  #branches(
    branches: readonly { readonly condition: Expression; readonly body: readonly PlStatement[] }[],
    otherwise: readonly PlStatement[] | null,
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
    return otherwise === null ? 'done' : this.#list(otherwise, env);
  }

  /** Statements that may or may not run: their effect is a doubt, what they assign is unknown from here on. */
  #undecided(statements: readonly PlStatement[], env: Environment, at: SourceLocation): Outcome {
    return this.#doubtful.add(statements, env, at) ? 'maybe' : 'done';
  }

  /** @returns what the loop as a whole ends with, or null to go on with the next round */
  #round(body: readonly PlStatement[], env: Environment, label: string | null): Outcome | null {
    const outcome = this.#list(body, env);
    if (outcome === 'done') return null;
    if (outcome === 'maybe') return 'maybe';
    if (outcome.leave === 'return') return outcome;
    const isMine = outcome.label === null || outcome.label === label;
    if (!isMine) return outcome;
    return outcome.leave === 'exit' ? 'done' : null;
  }

  #while(statement: Extract<PlStatement, { kind: 'loop' | 'while' }>, env: Environment): Outcome {
    for (;;) {
      const truth = statement.kind === 'loop' ? true : truthOf(this.#value(statement.condition, env));
      if (truth === UNKNOWN || this.#steps > MOST_STATEMENTS) return this.#undecided(statement.body, env, statement.at);
      if (truth !== true) return 'done';
      const outcome = this.#round(statement.body, env, statement.label);
      if (outcome !== null) return outcome;
      this.#steps++;
    }
  }

  #forInteger(statement: Extract<PlStatement, { kind: 'forInteger' }>, env: Environment): Outcome {
    const [from, to, step] = [
      this.#value(statement.from, env),
      this.#value(statement.to, env),
      statement.step === null ? 1 : this.#value(statement.step, env),
    ];
    if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number' || step < 1) {
      env.set(statement.variable, UNKNOWN);
      return this.#undecided(statement.body, env, statement.at);
    }
    this.#scalars.add(statement.variable);
    for (let i = from; statement.isReverse ? i >= to : i <= to; i += statement.isReverse ? -step : step) {
      if (this.#steps > MOST_STATEMENTS) return this.#undecided(statement.body, env, statement.at);
      env.set(statement.variable, i);
      const outcome = this.#round(statement.body, env, statement.label);
      if (outcome !== null) return outcome;
      this.#steps++;
    }
    return 'done';
  }

  #forQuery(statement: Extract<PlStatement, { kind: 'forQuery' }>, env: Environment): Outcome {
    const rows = statement.query === null ? undefined : this.#rows(statement.query, env);
    if (!rows?.isComplete) {
      this.#assign(statement.targets, [], env);
      return this.#undecided(statement.body, env, statement.at);
    }
    for (const row of rows.sure) {
      this.#receive(statement.targets, row, env);
      const outcome = this.#round(statement.body, env, statement.label);
      if (outcome !== null) return outcome;
    }
    return 'done';
  }

  #forEach(statement: Extract<PlStatement, { kind: 'forEach' }>, env: Environment): Outcome {
    const list = this.#value(statement.array, env);
    if (!isList(list) || statement.slice > 0) {
      this.#assign(statement.targets, [], env);
      return this.#undecided(statement.body, env, statement.at);
    }
    for (const value of list) {
      this.#assign(statement.targets, [value], env);
      const outcome = this.#round(statement.body, env, statement.label);
      if (outcome !== null) return outcome;
    }
    return 'done';
  }

  #value(expression: Expression, env: Environment): Value {
    return evaluate(expression.tree, env);
  }

  #rows(sql: PlSql, env: Environment): QueryRows | undefined {
    return sql.node && 'SelectStmt' in sql.node ? queryRows(sql.node.SelectStmt, env) : undefined;
  }

  /** Values to targets one by one; targets without a value become unknown. */
  #assign(targets: PlTargets, values: readonly Value[], env: Environment): void {
    for (const [index, target] of targets.entries()) {
      const name = /^[^.[]+/.exec(target)?.[0] ?? target;
      const isWhole = name === target;
      env.set(name, isWhole && index < values.length ? (values[index] ?? null) : UNKNOWN);
    }
  }

  #receive(targets: PlTargets, row: ReadonlyMap<string, Value>, env: Environment): void {
    const [target] = targets;
    if (targets.length === 1 && target !== undefined && !this.#scalars.has(target)) env.set(target, { columns: row });
    else this.#assign(targets, [...row.values()], env);
  }

  #sql(sql: PlSql, into: PlTargets, env: Environment): void {
    if (sql.node === null || sql.kind === null) {
      this.#context.refuse(`syntax error in ${sql.text.slice(0, 60)}`);
    }
    if (into.length > 0 || sql.kind === 'SelectStmt') {
      const rows = this.#rows(sql, env);
      const [first] = rows?.sure ?? [];
      env.set('found', rows === undefined ? UNKNOWN : first !== undefined ? true : rows.isComplete ? false : UNKNOWN);
      if (first !== undefined && rows?.isComplete) this.#receive(into, first, env);
      else this.#assign(into, rows?.isComplete ? into.map(() => null) : [], env);
      if (rows !== undefined) return;
    } else env.set('found', UNKNOWN);
    this.#inner(sql.node, sql.kind, sql.at, this.#isPlaced ? null : { text: this.#bodyText, at: sql.at });
  }

  #execute(statement: Extract<PlStatement, { kind: 'execute' }>, env: Environment): void {
    const text = this.#value(statement.query, env);
    this.#assign(statement.into, [], env);
    if (typeof text !== 'string') {
      if (text === null) this.#context.refuse('query string argument of EXECUTE is null');
      this.#doubtful.dynamic(text instanceof PartialText ? text.filled() : null, statement.at);
      return;
    }
    const reading = readSql(text, statement.at.file);
    if (reading.rejected.length > 0)
      this.#context.refuse(
        `${reading.rejected[0]?.message ?? 'syntax error'} in the text of EXECUTE: ${text.slice(0, 80)}`,
      );
    for (const each of reading.statements) this.#inner(each.node, each.kind, statement.at, { text, at: statement.at });
  }

  /** Runs a statement of the block as one of its own. `made`: its text is not the file's, so every place is the one given. */
  #inner(
    node: Node,
    kind: string,
    at: SourceLocation,
    made: { readonly text: string; readonly at: SourceLocation } | null,
  ): void {
    const outer = this.#statement;
    const statement: Statement | null = outer === null ? null : { ...outer, kind, node, at, within: outer };
    const running: Running = {
      ...this.#running,
      statement,
      writer: statement ?? this.#running.writer,
      ...(made === null ? {} : { text: made.text, fixedPlace: made.at }),
    };
    this.#context.runAs(running, () => runOrThrow(node, kind, this.#context));
  }
}
