import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../../sql/location.ts';
import { fieldsOf, tagOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import type { PlExpression, PlStatement, PlTarget } from '../../../sql/plpgsql.ts';
import type { ReplayContext } from '../context.ts';
import type { Environment } from '../evaluation/environment.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { isList, PartialText, UNKNOWN } from '../evaluation/value.ts';
import { type Effect, effectOf, madeRelation } from './effects.ts';
import { writtenByCall } from './failures.ts';
import { callsMore } from './known-arguments.ts';

const STATEMENT_WORDS: ReadonlyMap<string, string> = new Map([
  ['AlterTableStmt', 'ALTER TABLE'],
  ['CreateStmt', 'CREATE TABLE'],
  ['IndexStmt', 'CREATE INDEX'],
  ['CreatePolicyStmt', 'CREATE POLICY'],
  ['DropStmt', 'DROP'],
  ['GrantStmt', 'GRANT or REVOKE'],
  ['CreateTrigStmt', 'CREATE TRIGGER'],
  ['CreateFunctionStmt', 'CREATE FUNCTION'],
  ['AlterFunctionStmt', 'ALTER FUNCTION'],
  ['AlterOwnerStmt', 'OWNER TO'],
]);

/** `CREATE EXTENSION` for CreateExtensionStmt. */
function spelled(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

/** A longer list is gone through as one of unknown values. */
const MOST_ROUNDS = 200;

/** Collects what parts of a DO block could do that the replay cannot decide, and says it once. */
export class Doubtful {
  readonly #context: ReplayContext;
  readonly #subject: string;
  readonly #found: { readonly effect: Effect; readonly at: SourceLocation; readonly word: string }[] = [];

  constructor(context: ReplayContext, subject: string) {
    this.#context = context;
    this.#subject = subject;
  }

  /**
   * Statements that may or may not run, the ones of a list together. What they assign is known among them and forgotten behind.
   * @returns whether they may leave the list they stand in (RETURN, EXIT)
   */
  add(statements: readonly PlStatement[], env: Environment, at: SourceLocation): boolean {
    const branch = env.branch();
    let mayLeave = false;
    for (const statement of statements) mayLeave = this.#one(statement, branch, at) || mayLeave;
    env.rejoin(branch);
    return mayLeave;
  }

  /** Once more with what the first round changed: it is unknown then. */
  #rounds(body: readonly PlStatement[], env: Environment, at: SourceLocation): boolean {
    const inFirst = this.add(body, env, at);
    return this.add(body, env, at) || inFirst;
  }

  /** Over a list that is known, each round with its value. */
  #forEach(statement: Extract<PlStatement, { kind: 'foreach' }>, env: Environment, at: SourceLocation): boolean {
    const list = evaluate(statement.array.tree, env);
    const [target, ...more] = statement.targets;
    forget(statement.targets, env);
    if (target === undefined || more.length > 0 || statement.slice > 0 || !isList(list) || list.length > MOST_ROUNDS)
      return this.#rounds(statement.body, env, at);
    let mayLeave = false;
    for (const value of list) {
      env.set(target.name[0] ?? '', value);
      mayLeave = this.add(statement.body, env, at) || mayLeave;
    }
    forget(statement.targets, env);
    return mayLeave;
  }

  /**
   * Dynamic SQL whose text is known only in part, or not at all.
   * @param texts what it may be, of which the first is taken that is SQL; none where nothing is known of it
   */
  dynamic(texts: readonly string[], at: SourceLocation): void {
    const readings = texts.map((each) => readSql(each, at.file));
    const reading = readings.find(({ rejected, statements }) => rejected.length === 0 && statements.length > 0);
    if (reading === undefined) {
      this.#context.listed.forgetAll();
      this.#found.push({ effect: { aspects: 'anything', reach: 'any' }, at, word: 'EXECUTE' });
      return;
    }
    for (const each of reading.statements) this.#effect(each.node, each.kind, at);
  }

  /** One note for the block, and a doubt for each effect. */
  say(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const words = [...new Set(this.#found.map((each) => each.word))];
    const what = `${this.#subject} depends on data or on values the files do not tell; what it may do there (${words.join(', ')}) was not replayed.`;
    this.#context.notes.push({ what, at: first.at });
    for (const { effect, at } of merged(this.#found)) this.#context.builder.doubt({ what, at, ...effect });
  }

  #one(statement: PlStatement, env: Environment, at: SourceLocation): boolean {
    switch (statement.kind) {
      case 'block': {
        for (const each of statement.declarations) {
          if (each.kind !== 'variable') continue;
          env.set(each.name, each.default === undefined ? null : evaluate(each.default.tree, env));
        }
        const inBody = this.add(statement.body, env, at);
        return statement.handlers.reduce((leaves, each) => this.add(each.body, env, at) || leaves, inBody);
      }
      case 'if':
      case 'case': {
        const bodies = [...statement.branches.map((each) => each.body), statement.else ?? []];
        return bodies.reduce((leaves, body) => this.add(body, env, at) || leaves, false);
      }
      case 'loop':
      case 'while':
        return this.#rounds(statement.body, env, at);
      case 'for-range':
        forget([statement.variable], env);
        return this.#rounds(statement.body, env, at);
      case 'for-query':
      case 'for-execute':
      case 'for-cursor':
        this.#context.listed.forgetAll();
        forget(statement.targets, env);
        return this.#rounds(statement.body, env, at);
      case 'foreach':
        return this.#forEach(statement, env, at);
      case 'return':
      case 'exit':
      case 'continue':
        return true;
      case 'assign': {
        const { tree, text } = statement.target;
        const fields = 'ColumnRef' in tree ? (tree.ColumnRef.fields ?? []) : [];
        const [only, ...more] = fields;
        if (only && 'String' in only && more.length === 0)
          env.set(only.String.sval ?? '', evaluate(statement.value.tree, env));
        else env.forget([/^"?[^".[\s]+/.exec(text)?.[0].replace('"', '').toLowerCase() ?? '']);
        return false;
      }
      case 'sql': {
        const targets = statement.into?.targets ?? [];
        const chosen = chosenValue(statement.sql.tree);
        const value = chosen === undefined ? UNKNOWN : evaluate(chosen, env);
        forget(targets, env);
        const [target, ...more] = targets;
        if (target?.name.length === 1 && more.length === 0) env.set(target.name[0] ?? '', value);
        this.#sql(statement.sql);
        return false;
      }
      case 'perform':
        this.#sql(statement.query);
        return false;
      case 'call':
        this.#sql(statement.sql);
        env.forget(writtenByCall(statement.sql.tree, this.#context));
        return false;
      case 'execute': {
        forget(statement.into?.targets ?? [], env);
        const text = evaluate(statement.query.tree, env);
        this.dynamic(
          typeof text === 'string' ? [text] : text instanceof PartialText ? text.filled() : [],
          statement.at,
        );
        return false;
      }
      case 'diagnostics':
        forget(
          statement.items.map((each) => each.target),
          env,
        );
        return false;
      case 'fetch':
        forget(statement.into.targets, env);
        return false;
      default:
        return false;
    }
  }

  #sql(sql: PlExpression): void {
    this.#calls(sql.tree);
    this.#effect(sql.tree, tagOf(sql.tree) ?? '', sql.at);
  }

  /** What a query calls may run or not, too: it says its own doubts. */
  #calls(tree: Node): void {
    const context = this.#context;
    if (!('SelectStmt' in tree || 'CallStmt' in tree) || !callsMore(tree, context)) return;
    const before = context.isUndecided;
    context.isUndecided = true;
    try {
      context.run(tree, tagOf(tree) ?? '');
    } finally {
      context.isUndecided = before;
    }
  }

  #effect(node: Node, kind: string, at: SourceLocation): void {
    this.#context.listed.written(node, this.#context);
    const made = madeRelation(node);
    if (made !== undefined) this.#context.assumptions.perhapsMade(made);
    const effect = effectOf(node, kind, this.#context);
    if (effect) this.#found.push({ effect, at, word: STATEMENT_WORDS.get(kind) ?? spelled(kind) });
  }
}

/** The one expression of `SELECT expression INTO variable`. */
function chosenValue(tree: Node): Node | undefined {
  const select = fieldsOf(tree, 'SelectStmt');
  const [only, ...more] = select?.targetList ?? [];
  const isPlain = select?.fromClause === undefined && select?.whereClause === undefined && more.length === 0;
  return isPlain ? fieldsOf(only, 'ResTarget')?.val : undefined;
}

function forget(targets: readonly PlTarget[], env: Environment): void {
  env.forget(targets.map((each) => each.name[0] ?? ''));
}

/** Equal effects once, so that a long block does not leave a thousand doubts. */
function merged(
  found: readonly { readonly effect: Effect; readonly at: SourceLocation }[],
): readonly { readonly effect: Effect; readonly at: SourceLocation }[] {
  const seen = new Set<string>();
  return found.filter(({ effect }) => {
    const key = JSON.stringify(effect);
    return seen.has(key) ? false : seen.add(key);
  });
}
