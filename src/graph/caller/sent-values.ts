import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { constantOf, constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement, isAlwaysReached, leaves, listsIn, targetsOf } from '../query-shapes/pl-statements.ts';
import { type GivenValue, limited, limitedBy, NOTHING, together } from './given-value.ts';
import { both, type KeyOf, type Limits, limitsOf, NO_LIMITS, namesNewUser, UNLIMITED } from './sent-limits.ts';

interface Placed {
  readonly statement: PlStatement;
  readonly parents: readonly PlStatement[];
  readonly index: number;
}

/** A value that a variable is given: an expression, or an output of a query that reads the new user's row. */
interface Definition extends Placed {
  readonly value: Node | undefined;
}

/** Follows what the client sent, in raw_user_meta_data, through the body of a trigger function on auth.users. */
export class SentValues {
  readonly #placed: readonly Placed[];
  readonly #definitions = new Map<string, Definition[]>();
  /** Variables that are being followed: one may be given itself. */
  readonly #open = new Set<string>();

  constructor(block: PlBlock) {
    this.#placed = [...eachStatement([block])].map((each, index) => ({ ...each, index }));
    for (const place of this.#placed)
      for (const [name, value] of givenIn(place.statement)) this.#define(name, { ...place, value });
  }

  #define(name: string, definition: Definition): void {
    const list = this.#definitions.get(name) ?? [];
    this.#definitions.set(name, list);
    list.push(definition);
  }

  /** What a value of a statement may be, as far as the statement is reached with it. */
  at(statement: PlStatement, value: Node | undefined): GivenValue {
    const place = this.#placed.find((each) => each.statement === statement);
    if (place === undefined) return NOTHING;
    return limited(this.#given(value, place.index), this.#limitsAt(place));
  }

  /** Does whoever signs up bring about a condition, of a trigger's WHEN, by what they send, if anything? */
  meets(condition: Node): boolean {
    return limitsOf(condition, true, this.#keyAt(-1)) !== undefined;
  }

  /** The coalesce(what was sent, a constant) that alone makes a value what was sent; undefined where something else does too. */
  defaulted(statement: PlStatement, value: Node | undefined): readonly [Node, Node] | undefined {
    const index = this.#placed.findIndex((each) => each.statement === statement);
    return this.#defaultedAt(value, index);
  }

  #defaultedAt(value: Node | undefined, index: number): readonly [Node, Node] | undefined {
    const inner = unwrapped(value);
    const list = fieldsOf(inner, 'CoalesceExpr')?.args;
    const last = list?.at(-1);
    if (inner !== undefined && last !== undefined && constantOf(last) !== null)
      return this.#isOnlySent(inner, index) ? [inner, last] : undefined;
    const sources = this.#reaching(variableName(inner), index).filter(
      (each) => this.#given(each.value, each.index).sent.length > 0,
    );
    const [only] = sources;
    return sources.length === 1 && only !== undefined ? this.#defaultedAt(only.value, only.index) : undefined;
  }

  /** Was it sent, or is a constant, whatever way was taken? */
  #isOnlySent(node: Node | undefined, index: number): boolean {
    if (constantOf(node) !== null || this.#keyIn(node, index) !== null) return true;
    const inner = unwrapped(node);
    const list = fieldsOf(inner, 'CoalesceExpr')?.args;
    if (list !== undefined) return list.every((each) => this.#isOnlySent(each, index));
    const { kind, lexpr } = fieldsOf(inner, 'A_Expr') ?? {};
    if (kind === 'AEXPR_NULLIF') return this.#isOnlySent(lexpr, index);
    const call = fieldsOf(inner, 'FuncCall');
    if (call !== undefined) return isKeeping(call) && this.#isOnlySent(call.args?.[0], index);
    const name = variableName(inner);
    const sources = this.#reaching(name, index);
    if (name === undefined || sources.length === 0 || this.#open.has(name)) return false;
    this.#open.add(name);
    const isOnly = sources.every((each) => this.#isOnlySent(each.value, each.index));
    this.#open.delete(name);
    return isOnly;
  }

  /** The definitions of a variable that one place may see: none from before one that always comes. */
  #reaching(name: string | undefined, index: number): readonly Definition[] {
    const before = (this.#definitions.get(name ?? '') ?? []).filter((each) => each.index < index);
    const last = before.findLastIndex((each) => isAlwaysReached(each.statement, each.parents));
    return before.slice(Math.max(last, 0));
  }

  #given(node: Node | undefined, index: number): GivenValue {
    const constant = constantOf(node);
    if (constant !== null) return { sent: [], constants: typeof constant === 'string' ? [constant] : [] };
    const key = this.#keyIn(node, index);
    if (key !== null) return { sent: [{ key, ...UNLIMITED }], constants: [] };
    const inner = unwrapped(node);
    const list = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
    const first = list.findIndex((each) => constantOf(each) !== null);
    if (list.length > 0)
      return together((first === -1 ? list : list.slice(0, first + 1)).map((each) => this.#given(each, index)));
    const { kind, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
    if (kind === 'AEXPR_NULLIF')
      return limitedBy(this.#given(lexpr, index), { only: null, except: [constantText(rexpr) ?? ''] });
    const call = fieldsOf(inner, 'FuncCall');
    if (call !== undefined && isKeeping(call)) return this.#given(call.args?.[0], index);
    if (inner !== undefined && 'CaseExpr' in inner) return this.#ofCase(inner, index);
    const output = outputOf(fieldsOf(inner, 'SubLink')?.subselect, 0);
    if (output !== undefined) return this.#given(output, index);
    return this.#ofVariable(variableName(inner), index);
  }

  #ofVariable(name: string | undefined, index: number): GivenValue {
    if (name === undefined || this.#open.has(name)) return NOTHING;
    this.#open.add(name);
    const all = this.#reaching(name, index).map((each) =>
      limited(this.#given(each.value, each.index), this.#limitsAt(each)),
    );
    this.#open.delete(name);
    return together(all);
  }

  #ofCase(node: Node, index: number): GivenValue {
    const { arg, args = [], defresult } = fieldsOf(node, 'CaseExpr') ?? {};
    const keyOf = this.#keyAt(index);
    const results: GivenValue[] = [];
    let otherwise: Limits | undefined = NO_LIMITS;
    for (const each of args) {
      const { expr, result } = fieldsOf(each, 'CaseWhen') ?? {};
      const condition: Node | undefined =
        arg === undefined || expr === undefined
          ? expr
          : { A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: '=' } }], lexpr: arg, rexpr: expr } };
      results.push(limited(this.#given(result, index), both(otherwise, limitsOf(condition, true, keyOf))));
      otherwise = both(otherwise, limitsOf(condition, false, keyOf));
    }
    return together([...results, limited(this.#given(defresult, index), otherwise)]);
  }

  #keyAt(index: number): KeyOf {
    return (node) => {
      const keys = new Set(this.#given(node, index).sent.map((each) => each.key));
      const [key] = keys;
      return keys.size === 1 && key !== undefined ? key : null;
    };
  }

  /** `new.raw_user_meta_data ->> 'role'`: the key. */
  #keyIn(node: Node | undefined, index: number): string | null {
    const inner = unwrapped(node);
    const { kind, name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
    const call = fieldsOf(inner, 'FuncCall');
    const isStep = kind === 'AEXPR_OP' && STEPS.has(stringsOf(name).at(-1) ?? '');
    const isCall = call !== undefined && /^jsonb?_extract_path(?:_text)?$/.test(writtenName(call.funcname).name);
    const [from, step] = isStep ? [lexpr, rexpr] : isCall ? [call.args?.[0], call.args?.at(-1)] : [];
    const path = constantText(step);
    if (path === null || !(this.#isMetadata(from, index) || this.#keyIn(from, index) !== null)) return null;
    return /([^{},"]+)"?\s*\}?$/.exec(path)?.[1] ?? path;
  }

  /** All of what the client sent. */
  #isMetadata(node: Node | undefined, index: number): boolean {
    const inner = unwrapped(node);
    if (stringsOf(fieldsOf(inner, 'ColumnRef')?.fields).at(-1) === 'raw_user_meta_data') return true;
    const [first] = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
    if (first !== undefined) return this.#isMetadata(first, index);
    const name = variableName(inner);
    if (name === undefined || this.#open.has(name)) return false;
    this.#open.add(name);
    const isSent = this.#reaching(name, index).some((each) => this.#isMetadata(each.value, each.index));
    this.#open.delete(name);
    return isSent;
  }

  /** How what stands around and before a statement limits what gets there; undefined where it is not known. */
  #limitsAt({ statement, parents, index }: Placed): Limits | undefined {
    const way = [...parents, statement];
    const keyOf = this.#keyAt(index);
    let limits: Limits | undefined = NO_LIMITS;
    for (const [at, parent] of parents.entries()) {
      const child = way[at + 1] as PlStatement;
      const list = listsIn(parent).find((each) => each.includes(child)) ?? [];
      if (parent.kind === 'if') {
        for (const { condition, body } of parent.branches) {
          limits = both(limits, limitsOf(condition.tree, body === list, keyOf));
          if (body === list) break;
        }
      } else if (parent.kind !== 'block' || list !== parent.body) return undefined;
      for (const before of list.slice(0, list.indexOf(child))) limits = both(limits, this.#guard(before, keyOf));
    }
    return limits;
  }

  /** What a statement lets through that leaves, or puts another value in place of what was sent, on a condition. */
  #guard(before: PlStatement, keyOf: KeyOf): Limits | undefined {
    let limits: Limits | undefined = NO_LIMITS;
    for (const { statement } of eachStatement([before])) {
      if (statement.kind !== 'if') continue;
      for (const { condition, body } of statement.branches) {
        const passing = limitsOf(condition.tree, false, keyOf);
        if (leaves(body)) limits = both(limits, passing);
        else if (body.some((each) => replaces(each, keyOf))) {
          const isAsked = anyNode(condition.tree, (node) => keyOf(node) !== null);
          if (isAsked) limits = both(limits, passing);
        }
      }
    }
    return limits;
  }
}

const STEPS = new Set(['->', '->>', '#>', '#>>']);
const KEEPING = new Set(['lower', 'btrim', 'ltrim', 'rtrim']);

function isKeeping(call: FuncCall): boolean {
  return KEEPING.has(writtenName(call.funcname).name);
}

/** `role := 'user'` where role may be what was sent. */
function replaces(statement: PlStatement, keyOf: KeyOf): boolean {
  return (
    statement.kind === 'assign' && constantOf(statement.value.tree) !== null && keyOf(statement.target.tree) !== null
  );
}

/** The variables that a statement gives values, by name. */
function givenIn(statement: PlStatement): readonly (readonly [string, Node | undefined])[] {
  if (statement.kind === 'assign') {
    const name = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields).join('.');
    return [[name, outputOf(statement.value.tree, 0) ?? statement.value.tree]];
  }
  if (statement.kind === 'block')
    return statement.declarations.flatMap((each) =>
      each.kind === 'variable' && each.default !== undefined ? [[each.name, each.default.tree] as const] : [],
    );
  const query = statement.kind === 'sql' ? statement.sql.tree : undefined;
  return targetsOf(statement).map(({ name }, at) => [name.join('.'), outputOf(query, at)] as const);
}

/** What a SELECT gives back that reads nothing, or the new user's row of auth.users. */
function outputOf(query: Node | undefined, at: number): Node | undefined {
  const { targetList, fromClause = [], whereClause } = fieldsOf(query, 'SelectStmt') ?? {};
  const [first, second] = fromClause;
  const { schemaname, relname } = fieldsOf(first, 'RangeVar') ?? {};
  const isUsers = schemaname === 'auth' && relname === 'users' && second === undefined && namesNewUser(whereClause);
  return fromClause.length === 0 || isUsers ? fieldsOf(targetList?.[at], 'ResTarget')?.val : undefined;
}

function variableName(node: Node | undefined): string | undefined {
  const parts = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  return parts.length === 0 ? undefined : parts.join('.');
}
