import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import type { Binding } from '../binding/binding.ts';
import { type Assumption, type Folded, foldValue } from '../binding/questions/constant-value.ts';
import { isAlwaysNull, isEmpty, isNeverTrue } from '../binding/questions/never-true.ts';
import { eachStatement, mayLeave, raisesError, variablesSetBy } from './pl-statements.ts';
import type { RoutineShape } from './routine-shape.ts';
import { openBranches } from './trigger-ways.ts';

/** How a run of a body ends: by an error, by RETURN and with what, or behind its last statement. */
export type CertainEnd =
  | { readonly kind: 'raises'; readonly statement: PlStatement }
  | { readonly kind: 'returns'; readonly value: Folded }
  | { readonly kind: 'ends' };

export interface CertainRun {
  /** Of each run that has not failed before; undefined where that depends on what is not known. */
  readonly end: CertainEnd | undefined;
  /** The statements that each such run comes to, outside loops and blocks with handlers, and what is known of values there. */
  readonly reached: readonly { readonly statement: PlStatement; readonly worthOf: (node: Node) => Folded }[];
}

/** What parts of expressions are taken to be; `assume` says the same of the parts of a part, and what is known of variables. */
export type Known = (node: Node, assume: Assumption) => ReturnType<Assumption>;

type Values = Map<string, Folded>;

/**
 * What a PL/pgSQL body certainly does, given what is known of its row and its caller. A variable has what it was last set to, and NULL before that
 * (docs, 41.3.1); a query that finds no row leaves NULL (docs, 41.5.3).
 * @param known what parts of expressions are taken to be
 * @param given the parameters
 */
export function certainRun(
  { block, expressions }: Pick<RoutineShape, 'block' | 'expressions'>,
  known: Known,
  given: ReadonlyMap<string, Folded> = new Map(),
): CertainRun {
  if (block === null) return { end: undefined, reached: [] };
  const run = new Run(meaningsOf(expressions), known);
  const end = run.list([block], new Map(given), true);
  return { end, reached: run.reached };
}

/** What a call gives, where that is known: the value behind its RETURN, or that of a body in SQL that is one query. */
export function certainResult(
  shape: Pick<RoutineShape, 'block' | 'expressions'>,
  known: Known,
  given: ReadonlyMap<string, Folded>,
): Folded {
  if (shape.block !== null) {
    const { end } = certainRun(shape, known, given);
    return end?.kind === 'returns' ? end.value : undefined;
  }
  const [only, another] = shape.expressions;
  if (only === undefined || another !== undefined || !('SelectStmt' in only.tree)) return undefined;
  const assume = new Run(only, known).assuming(given);
  return worthOf({ SubLink: { subLinkType: 'EXPR_SUBLINK', subselect: only.tree } }, assume);
}

/** What the names of all of a body mean: put together once for a body that many ask. */
export function meaningsOf(expressions: readonly Pick<Binding, 'meanings'>[]): Pick<Binding, 'meanings'> {
  let all = together.get(expressions);
  if (all === undefined) {
    all = { meanings: new Map(expressions.flatMap((each) => [...each.meanings])) };
    together.set(expressions, all);
  }
  return all;
}

const together = new WeakMap<readonly object[], Pick<Binding, 'meanings'>>();

class Run {
  readonly reached: { readonly statement: PlStatement; readonly worthOf: (node: Node) => Folded }[] = [];
  readonly #binding: Pick<Binding, 'meanings'>;
  readonly #known: Known;

  constructor(binding: Pick<Binding, 'meanings'>, known: Known) {
    this.#binding = binding;
    this.#known = known;
  }

  /** @param isSure each run that has not failed comes here */
  list(list: readonly PlStatement[], values: Values, isSure: boolean): CertainEnd | undefined {
    for (const statement of list) {
      const assume = this.assuming(values);
      if (isSure) this.reached.push({ statement, worthOf: (node) => worthOf(node, assume) });
      const end = this.#one(statement, values, assume, isSure);
      if (end?.kind !== 'ends') return end;
    }
    return ENDS;
  }

  #one(statement: PlStatement, values: Values, assume: Assumption, isSure: boolean): CertainEnd | undefined {
    switch (statement.kind) {
      case 'raise':
        return statement.level === 'exception' ? { kind: 'raises', statement } : ENDS;
      case 'return':
        return { kind: 'returns', value: statement.value && worthOf(statement.value.tree, assume) };
      case 'if':
      case 'case':
        return this.#either(openBranches(statement, assume), values, isSure);
      case 'block':
        if (statement.handlers.length > 0) {
          if (![statement.body, ...statement.handlers.map((each) => each.body)].every(goesOn)) return undefined;
          forget(statement, values);
          return ENDS;
        }
        for (const each of statement.declarations) {
          // The same name further out is another variable.
          if (each.kind !== 'variable' || values.has(each.name)) values.delete(each.name);
          else values.set(each.name, each.default === undefined ? null : this.#valueNow(each.default, values));
        }
        return this.list(statement.body, values, isSure);
      case 'assign': {
        const value = worthOf(statement.value.tree, assume);
        const target = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
        // One field of NEW leaves the others as they are.
        if (target.length !== 2 || !ROWS.has(target[0] ?? '')) forget(statement, values);
        if (target.length > 0) values.set(target.join('.'), value);
        return ENDS;
      }
      case 'sql': {
        const meetsNone = givesNoRow(statement.sql.tree, assume);
        const calculated = calculatedRow(statement.sql.tree, assume);
        const targets = statement.into?.targets ?? [];
        forget(statement, values);
        if (calculated.length === targets.length)
          for (const [at, { name }] of targets.entries()) values.set(name.join('.'), calculated[at]);
        if (!meetsNone) return ENDS;
        if (statement.into?.strict) return undefined;
        for (const { name } of targets) values.set(name.join('.'), null);
        values.set('found', false);
        return ENDS;
      }
      case 'perform': {
        const meetsNone = givesNoRow(statement.query.tree, assume);
        forget(statement, values);
        if (meetsNone) values.set('found', false);
        return ENDS;
      }
      case 'exit':
      case 'continue':
      case 'assert':
        return undefined;
      default:
        if ('body' in statement && [...eachStatement(statement.body)].some((each) => mayLeave(each.statement)))
          return undefined;
        forget(statement, values);
        return ENDS;
    }
  }

  /** Ways that fail are left out: each run that has not failed took one of the others. */
  #either(ways: readonly (readonly PlStatement[])[], values: Values, isSure: boolean): CertainEnd | undefined {
    const ends = ways.map((each) => {
      const own = new Map(values);
      return { end: this.list(each, own, isSure && ways.length === 1), values: own };
    });
    const going = ends.filter(({ end }) => end?.kind !== 'raises');
    const [first] = going;
    if (first === undefined) return ends[0]?.end;
    if (going.length > 1 && going.some(({ end }) => end?.kind !== 'ends')) return undefined;
    for (const [name] of first.values) {
      const all = going.map((each) => each.values.get(name));
      values.set(name, all.every((each) => each === all[0]) ? all[0] : undefined);
    }
    return first.end;
  }

  /** `v`, `new.status`, `$1`. */
  #variable(node: Node): string | undefined {
    const number = fieldsOf(node, 'ParamRef')?.number;
    if (number !== undefined) return `$${number}`;
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && this.#binding.meanings.get(reference);
    if (meaning?.kind === 'variable') return meaning.name;
    const names = stringsOf(reference?.fields);
    return ROWS.has(names[0] ?? '') ? names.join('.') : undefined;
  }

  #valueNow({ tree }: PlExpression, values: Values): Folded {
    return worthOf(tree, this.assuming(values));
  }

  /** What is known where variables and parameters have these values. */
  assuming(values: ReadonlyMap<string, Folded>): Assumption {
    const now = new Map(values);
    const worthOfPart = (node: Node): Folded => {
      const name = this.#variable(node);
      const [row = '', field] = name?.split('.') ?? [];
      if (name !== undefined && now.has(name)) return now.get(name);
      // A field of a row that was set as a whole.
      if (field !== undefined && now.has(row)) return now.get(row) === null ? null : undefined;
      const value = emptyValue(node, assume);
      return value === undefined ? this.#known(node, assume) : value;
    };
    const isPlainCall = (call: FuncCall): boolean => {
      const meaning = this.#binding.meanings.get(call);
      return meaning?.kind === 'call' && meaning.function.kind === 'function';
    };
    const assume: Assumption = Object.assign(worthOfPart, { isPlainCall });
    return assume;
  }
}

/** Nothing in it leaves but an error, which a handler passes over or which ends the run: what stands behind its block is come to. */
function goesOn(list: readonly PlStatement[]): boolean {
  return [...eachStatement(list)].every(({ statement }) => !mayLeave(statement) || raisesError(statement));
}

/** Does a statement certainly find no row, or change none? */
function givesNoRow(tree: Node, assume: Assumption): boolean {
  const query = fieldsOf(tree, 'SelectStmt');
  if (query !== undefined) return isEmpty(query, assume);
  const { whereClause } = fieldsOf(tree, 'UpdateStmt') ?? fieldsOf(tree, 'DeleteStmt') ?? {};
  return whereClause !== undefined && isNeverTrue(whereClause, assume);
}

/** The one row of a SELECT that reads nothing itself: `select exists (…) into is_in`. Empty for any other statement. */
function calculatedRow(tree: Node, assume: Assumption): readonly Folded[] {
  const { op, fromClause, whereClause, targetList, valuesLists } = fieldsOf(tree, 'SelectStmt') ?? {};
  if (op !== 'SETOP_NONE' || [fromClause, whereClause, valuesLists].some((each) => each !== undefined)) return [];
  return (targetList ?? []).map((each) => {
    const value = fieldsOf(each, 'ResTarget')?.val;
    return value === undefined || 'ColumnRef' in value ? undefined : worthOf(value, assume);
  });
}

const ROWS: ReadonlySet<string> = new Set(['new', 'old']);

const ENDS: CertainEnd = { kind: 'ends' };

/** EXISTS and IN are false for a query that gives no row, and what it is to give is NULL. */
function emptyValue(node: Node, assume: Assumption): false | null | undefined {
  const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
  const query = fieldsOf(subselect, 'SelectStmt');
  if (query === undefined || !isEmpty(query, assume)) return undefined;
  if (subLinkType === 'EXPR_SUBLINK') return null;
  return subLinkType === 'EXISTS_SUBLINK' || subLinkType === 'ANY_SUBLINK' ? false : undefined;
}

function worthOf(node: Node, assume: Assumption): Folded {
  const value = foldValue(node, assume);
  return value === undefined && isAlwaysNull(node, assume) ? null : value;
}

/** What a statement may set is not known behind it. */
function forget(statement: PlStatement, values: Values): void {
  for (const { statement: each } of eachStatement([statement])) {
    const named = variablesSetBy(each);
    if (each.kind === 'assign' && !('ColumnRef' in each.target.tree)) values.clear();
    if (each.kind === 'call') values.clear();
    // Of the trigger's row something is known before it is set.
    for (const name of named) if (ROWS.has(name)) values.set(name, undefined);
    for (const name of [...named, 'found'])
      for (const key of [...values.keys()]) if (key === name || key.startsWith(`${name}.`)) values.set(key, undefined);
  }
}
