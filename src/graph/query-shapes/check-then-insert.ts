// Long because it is one small interpreter: what variables know of rows, what conditions say of it, and where inserts follow.
import type { A_Expr, Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityId } from '../entity-id.ts';
import type { BlockQueries } from './block-queries.ts';
import { conjuncts } from './column-tests.ts';
import { constantText, unwrapped } from './operand.ts';
import { leaves, ownExpressions } from './pl-statements.ts';
import type { Query, Write } from './query.ts';

/** PL/pgSQL that looks for a row and inserts one into the same table where there is none. */
export interface CheckThenInsert {
  readonly relation: EntityId;
  readonly check: Query;
  readonly insert: Query;
  readonly write: Write;
  /**
   * How it looked: `exists` IF [NOT] EXISTS (…); `found` SELECT INTO or PERFORM and then FOUND; `isNull` what a SELECT gave is
   * null; `count` a count is 0; `updated` an UPDATE met no row.
   */
  readonly form: 'exists' | 'found' | 'isNull' | 'count' | 'updated';
  /** It leaves only where something else is true as well: `if is_first and exists (…) then raise`. */
  readonly isPartial: boolean;
  /** A handler around it catches unique_violation. */
  readonly isHandled: boolean;
  /** A lock taken before the look: of a row of another table, of a table, or an advisory one. */
  readonly lockedBy: 'row' | 'table' | 'advisory' | null;
  /** What else is done only where there is no such row, before the insert and behind it. */
  readonly before: readonly Deed[];
  readonly behind: readonly Deed[];
  /** The one statement that leaves where there is a row: of an IF in front of the insert, in the same list. */
  readonly leaving: PlStatement | null;
  /** What is done where there is a row, and where there is none: of the IF that asked, null where that has no such part. */
  readonly present: readonly PlStatement[] | null;
  readonly missing: readonly PlStatement[] | null;
  readonly at: SourceLocation | null;
}

/** What a statement does besides reading. */
export interface Deed {
  readonly writes: readonly Write[];
  /** The functions of the graph that it calls. */
  readonly calls: readonly EntityId[];
  /** What it does is not in its text: EXECUTE, CALL. */
  readonly isOpen: boolean;
}

interface Fact {
  readonly query: Query;
  readonly relations: readonly EntityId[];
  readonly form: CheckThenInsert['form'];
  readonly isPartial: boolean;
  /** What is done only where there is no such row, so far. */
  readonly deeds: Deed[];
  /** The same behind each of its inserts. */
  readonly behind: Deed[][];
}

/** The parts of the IF that asked whether there is a row. */
type Answered = Pick<CheckThenInsert, 'present' | 'missing'>;

/** What a condition says of a fact. */
interface Said {
  readonly fact: Fact;
  /** Where it is true, or where it is not. */
  readonly absentWhen: boolean;
}

interface Leaving {
  readonly list: readonly PlStatement[];
  readonly statement: PlStatement;
}

/** What the code has learnt so far, and which rows it knows to be absent where it stands. */
interface State {
  readonly variables: Map<string, Fact>;
  readonly absent: readonly Fact[];
  readonly isHandled: boolean;
}

export function checksThenInserts(block: PlBlock, queries: BlockQueries): readonly CheckThenInsert[] {
  const reader = new Reader(queries);
  reader.list([block], { variables: new Map(), absent: [], isHandled: false });
  return reader.found;
}

const OPEN: ReadonlySet<PlStatement['kind']> = new Set(['execute', 'for-execute', 'return-execute', 'call']);
const CATCHING = new Set(['others', 'unique_violation', 'integrity_constraint_violation', '23505', '23000']);

class Reader {
  readonly found: CheckThenInsert[] = [];
  readonly #queries: BlockQueries;
  readonly #leaving = new Map<Fact, Leaving>();
  readonly #answered = new Map<Fact, Answered>();
  #locks: { readonly kind: 'row' | 'table' | 'advisory'; readonly relations: readonly EntityId[] }[] = [];

  constructor(queries: BlockQueries) {
    this.#queries = queries;
  }

  list(statements: readonly PlStatement[], state: State): void {
    let current = state;
    for (const statement of statements) current = this.#one(statement, current, statements);
  }

  /** @returns the state behind the statement */
  #one(statement: PlStatement, state: State, list: readonly PlStatement[]): State {
    const inserting = new Set<Deed[]>();
    for (const expression of ownExpressions(statement)) {
      this.#noteLocks(expression);
      for (const query of this.#queries.queries(expression))
        for (const behind of this.#insert(query, state, list)) inserting.add(behind);
    }
    const deed = this.#deedOf(statement);
    for (const { deeds, behind } of state.absent) {
      deeds.push(deed);
      for (const each of behind) if (!inserting.has(each)) each.push(deed);
    }
    switch (statement.kind) {
      case 'if':
        return this.#if(statement, state, list);
      case 'block': {
        const catches = statement.handlers.some((each) => each.conditions.some(({ value }) => CATCHING.has(value)));
        this.list(statement.body, { ...state, isHandled: state.isHandled || catches });
        for (const { body } of statement.handlers) this.list(body, { ...state, absent: [] });
        return state;
      }
      case 'case':
        for (const { body } of statement.branches) this.list(body, inside(state));
        this.list(statement.else ?? [], inside(state));
        return state;
      default:
        if ('body' in statement) this.list(statement.body, inside(state));
        this.#learn(statement, state.variables);
        return state;
    }
  }

  #deedOf(statement: PlStatement): Deed {
    const expressions = ownExpressions(statement);
    return {
      writes: expressions.flatMap((each) => this.#queries.queries(each).flatMap(({ writes }) => writes)),
      calls: expressions.flatMap((each) =>
        (this.#queries.bound(each)?.references ?? []).flatMap(({ kind, target }) =>
          kind === 'function' ? [target] : [],
        ),
      ),
      isOpen: OPEN.has(statement.kind) || (statement.kind === 'open' && statement.execute !== undefined),
    };
  }

  #if(statement: Extract<PlStatement, { kind: 'if' }>, state: State, list: readonly PlStatement[]): State {
    let other = state;
    let behind = state;
    for (const { condition, body } of statement.branches) {
      const said = this.#says(condition.tree, condition, state.variables);
      const isAbsentHere = said?.absentWhen === true;
      if (said !== undefined && body === statement.branches[0]?.body) this.#noteAnswer(said, statement);
      this.list(body, inside(isAbsentHere ? with_(other, said.fact) : other));
      if (said === undefined && leaves(body)) behind = this.#withPart(condition, behind);
      if (said?.absentWhen !== false) continue;
      other = with_(other, said.fact);
      if (!leaves(body)) continue;
      behind = with_(behind, said.fact);
      const [only, ...more] = body;
      if (only !== undefined && more.length === 0) this.#leaving.set(said.fact, { list, statement: only });
    }
    this.list(statement.else ?? [], inside(other));
    return behind;
  }

  /** Behind `if a and exists (…) then raise` there is none where `a` is true. */
  #withPart(condition: PlExpression, state: State): State {
    if (fieldsOf(condition.tree, 'BoolExpr')?.boolop !== 'AND_EXPR') return state;
    const said = conjuncts(condition.tree).map((each) => this.#says(each, condition, state.variables));
    const part = said.find((each) => each?.absentWhen === false && each.fact.form === 'exists');
    return part === undefined ? state : with_(state, { ...part.fact, isPartial: true });
  }

  /** Of the first branch; with more of them it is not known what ELSE is for. */
  #noteAnswer({ fact, absentWhen }: Said, { branches, else: other }: Extract<PlStatement, { kind: 'if' }>): void {
    const [only, another] = branches;
    if (only === undefined || this.#answered.has(fact)) return;
    const last = another === undefined ? (other ?? null) : null;
    const [present, missing] = absentWhen ? [last, only.body] : [only.body, last];
    this.#answered.set(fact, { present, missing });
  }

  /** @returns what is to be told of what follows each insert */
  #insert(query: Query, { absent, isHandled }: State, list: readonly PlStatement[]): readonly Deed[][] {
    const inserting: Deed[][] = [];
    for (const write of query.writes) {
      const fact = absent.find((each) => write.relation !== null && each.relations.includes(write.relation));
      if (write.kind !== 'insert' || fact === undefined || write.relation === null) continue;
      const { relation } = write;
      const lock = this.#locks.find((each) => each.kind !== 'row' || !each.relations.includes(relation));
      const { query: check, form, isPartial } = fact;
      const behind: Deed[] = [];
      const leaving = this.#leaving.get(fact);
      fact.behind.push(behind);
      inserting.push(behind);
      this.found.push({
        relation,
        check,
        insert: query,
        write,
        form,
        isPartial,
        isHandled,
        lockedBy: lock?.kind ?? null,
        before: [...fact.deeds],
        behind,
        leaving: leaving?.list === list ? leaving.statement : null,
        ...(this.#answered.get(fact) ?? { present: null, missing: null }),
        at: check.at,
      });
    }
    return inserting;
  }

  #noteLocks(expression: PlExpression): void {
    for (const { lock, sources } of this.#queries.queries(expression))
      if (lock !== null) this.#locks.push({ kind: 'row', relations: sources.map((each) => each.relation) });
    walk(expression.tree, (_, node) => {
      const { name } = writtenName(fieldsOf(node, 'FuncCall')?.funcname);
      if (/^pg_(?:try_)?advisory_(?:xact_)?lock$/.test(name)) this.#locks.push({ kind: 'advisory', relations: [] });
      if ('LockStmt' in node) this.#locks.push({ kind: 'table', relations: [] });
      return undefined;
    });
  }

  /** What a statement leaves in its variables and in FOUND. */
  #learn(statement: PlStatement, variables: Map<string, Fact>): void {
    switch (statement.kind) {
      case 'sql':
      case 'perform': {
        const expression = statement.kind === 'sql' ? statement.sql : statement.query;
        const [query] = this.#queries.queries(expression);
        const targets = statement.kind === 'sql' ? (statement.into?.targets ?? []) : [];
        for (const each of targets) variables.delete(each.name[0] ?? '');
        variables.delete('found');
        if (query === undefined) return;
        const fact = factOf(query, query.kind === 'select' ? 'found' : 'updated');
        if (query.kind === 'select' || query.kind === 'update') variables.set('found', fact);
        if (query.kind !== 'select') return;
        const value = this.#valueFact(soleOutput(query), expression);
        if (value !== undefined) variables.delete('found');
        for (const each of targets) variables.set(each.name[0] ?? '', value ?? { ...fact, form: 'isNull' });
        return;
      }
      case 'assign': {
        const [name, field] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
        if (name === undefined || field !== undefined) return;
        const fact = this.#valueFact(statement.value.tree, statement.value);
        if (fact === undefined) variables.delete(name);
        else variables.set(name, fact);
        return;
      }
      case 'diagnostics': {
        const found = variables.get('found');
        for (const { target, item } of statement.items)
          if (/row_count/i.test(item) && found !== undefined)
            variables.set(target.name[0] ?? '', { ...found, form: 'count' });
        return;
      }
      case 'execute':
        for (const each of statement.into?.targets ?? []) variables.delete(each.name[0] ?? '');
        return;
      default:
        return;
    }
  }

  /** A count, EXISTS (…) or a subselect's value: what it knows of rows. */
  #valueFact(node: Node | undefined, expression: PlExpression): Fact | undefined {
    const inner = unwrapped(node);
    if (inner === undefined) return undefined;
    const link = fieldsOf(inner, 'SubLink');
    const query = link && this.#queries.queries(expression).find((each) => each.node === link.subselect);
    if (query !== undefined) {
      if (link?.subLinkType === 'EXISTS_SUBLINK') return factOf(query, 'exists');
      return factOf(query, isCount(soleOutput(query)) ? 'count' : 'isNull');
    }
    const select = fieldsOf(expression.tree, 'SelectStmt');
    const [own] = this.#queries.queries(expression);
    return select !== undefined && own !== undefined && isCount(inner) ? factOf(own, 'count') : undefined;
  }

  #says(node: Node | undefined, expression: PlExpression, variables: ReadonlyMap<string, Fact>): Said | undefined {
    if (node === undefined) return undefined;
    const { boolop, args = [] } = fieldsOf(node, 'BoolExpr') ?? {};
    if (boolop === 'NOT_EXPR') {
      const said = this.#says(args[0], expression, variables);
      return said && { ...said, absentWhen: !said.absentWhen };
    }
    if (boolop !== undefined) {
      const wanted = boolop === 'AND_EXPR';
      const said = args.map((each) => this.#says(each, expression, variables));
      return said.find((each) => each?.absentWhen === wanted);
    }
    const nullTest = fieldsOf(node, 'NullTest');
    if (nullTest !== undefined) {
      const fact = this.#factAbout(nullTest.arg, expression, variables);
      const isNull = nullTest.nulltesttype === 'IS_NULL';
      return fact?.form === 'isNull' ? { fact, absentWhen: isNull } : undefined;
    }
    const comparison = fieldsOf(node, 'A_Expr');
    if (comparison !== undefined) {
      const fact = this.#factAbout(comparison.lexpr, expression, variables);
      const absentWhen = fact?.form === 'count' || fact?.form === 'updated' ? zeroTest(comparison) : undefined;
      return fact !== undefined && absentWhen !== undefined ? { fact, absentWhen } : undefined;
    }
    const fact = this.#factAbout(node, expression, variables);
    const isTruth = fact !== undefined && fact.form !== 'isNull' && fact.form !== 'count';
    return isTruth ? { fact, absentWhen: false } : undefined;
  }

  #factAbout(node: Node | undefined, expression: PlExpression, variables: ReadonlyMap<string, Fact>): Fact | undefined {
    const [name, field] = stringsOf(fieldsOf(unwrapped(node), 'ColumnRef')?.fields);
    if (name !== undefined) {
      const fact = variables.get(name);
      // A field of a record is null where no row was found, as the record is.
      return field === undefined || fact?.form === 'isNull' ? fact : undefined;
    }
    return this.#valueFact(node, expression);
  }
}

function inside(state: State): State {
  return { ...state, variables: new Map(state.variables) };
}

function with_(state: State, fact: Fact): State {
  return { ...state, absent: [...state.absent, fact] };
}

function factOf(query: Query, form: Fact['form']): Fact {
  return {
    query,
    relations: query.sources.map((each) => each.relation),
    form,
    isPartial: false,
    deeds: [],
    behind: [],
  };
}

function soleOutput({ node }: Query): Node | undefined {
  const targets = fieldsOf(node, 'SelectStmt')?.targetList ?? [];
  return targets.length === 1 ? fieldsOf(targets[0], 'ResTarget')?.val : undefined;
}

function isCount(node: Node | undefined): boolean {
  return writtenName(fieldsOf(unwrapped(node), 'FuncCall')?.funcname).name === 'count';
}

/** `n = 0`, `n < 1` are true where there is nothing; `n > 0`, `n <> 0`, `n >= 1` false. */
function zeroTest({ name, rexpr }: A_Expr): boolean | undefined {
  const test = `${stringsOf(name).at(-1) ?? ''} ${constantText(rexpr) ?? ''}`;
  if (['= 0', '< 1', '<= 0'].includes(test)) return true;
  return ['> 0', '>= 1', '<> 0', '!= 0', '= 1'].includes(test) ? false : undefined;
}
