import type { ReplayContext } from '../context.ts';
import { UNKNOWN, type Value } from './value.ts';

/** One source in FROM: its alias and the row at hand. */
export interface RowInScope {
  readonly alias: string;
  readonly row: ReadonlyMap<string, Value>;
}

/** Under which a group has the number of its rows: no name of a column. */
export const COUNTED = 'count(*)';

/** Rows looked at so far: a query over the catalogs that costs too much is given up. */
export interface Work {
  rows: number;
}

/** What names mean while an expression is evaluated: rows of the queries around it, innermost first, then variables. */
export class Environment {
  readonly context: ReplayContext;
  /** Shared by all scopes of one block. */
  readonly work: Work;
  /** The code that is evaluated runs for certain: what Postgres would refuse is refused. */
  readonly isSure: boolean;
  readonly #variables: Map<string, Value>;
  readonly #rows: readonly RowInScope[];
  readonly #outer: Environment | null;

  constructor(
    context: ReplayContext,
    variables: Map<string, Value> = new Map(),
    rows: readonly RowInScope[] = [],
    outer: Environment | null = null,
    work: Work = { rows: 0 },
    isSure = true,
  ) {
    this.context = context;
    this.#variables = variables;
    this.#rows = rows;
    this.#outer = outer;
    this.work = work;
    this.isSure = isSure;
  }

  /** A subselect's scope: its rows come first. */
  within(rows: readonly RowInScope[]): Environment {
    return new Environment(this.context, this.#variables, rows, this, this.work, this.isSure);
  }

  row(alias: string): ReadonlyMap<string, Value> | undefined {
    return this.#rows.find((each) => each.alias === alias)?.row ?? this.#outer?.row(alias);
  }

  get rows(): readonly RowInScope[] {
    return this.#rows;
  }

  /** A column of the rows in scope, or a variable; undefined: no such name. */
  name(name: string): Value | undefined {
    for (const { row } of this.#rows) {
      const value = row.get(name);
      if (value !== undefined) return value;
    }
    if (this.#outer) return this.#outer.name(name);
    return this.#variables.get(name);
  }

  set(variable: string, value: Value): void {
    this.#variables.set(variable, value);
  }

  /** For code that may or may not run: what it sets is seen there alone. */
  branch(): Environment {
    return new Environment(this.context, new Map(this.#variables), this.#rows, this.#outer, this.work, false);
  }

  /** Goes on after such code, or without it: variables that it set are unknown from here on. */
  rejoin(branch: Environment): void {
    for (const [name, value] of branch.#variables) {
      const before = this.#variables.get(name);
      if (before !== undefined && before !== value) this.#variables.set(name, UNKNOWN);
    }
  }

  /** Forgets what these variables hold: they were changed in a way that is not known. */
  forget(variables: Iterable<string>): void {
    for (const each of variables) if (this.#variables.has(each)) this.#variables.set(each, UNKNOWN);
  }
}
