import type { Expression } from '../../sql/expression.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { expressionsWithin } from '../../sql/plpgsql/expressions-within.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOf } from '../place.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { bodyTree, type UnreadPart } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { BlockQueries, Bound, CheckedExpression } from './block-queries.ts';
import { type CheckThenInsert, checksThenInserts } from './check-then-insert.ts';
import { type DynamicSql, dynamicSqlOf } from './dynamic-sql.ts';
import { type ExceptionHandler, handlersOf } from './exception-handlers.ts';
import { type OpenName, openNamesIn, openNamesOf } from './open-names.ts';
import { constantOf, operandOf } from './operand.ts';
import { eachStatement, listsIn, ownExpressions } from './pl-statements.ts';
import { queriesIn } from './queries-in.ts';
import type { Constant, Operand, Query, Write } from './query.ts';
import { type Refusal, refusalsIn, refusalsOf } from './refusals.ts';
import { RoutineScope } from './routine-scope.ts';
import { type ReturnedRows, returnedRows } from './row-copies.ts';

type Routine = EntityOf<'function'>;

/** A write of a routine and what stands around it. */
export interface RoutineWrite {
  readonly query: Query;
  readonly write: Write;
  /** What the innermost FOR loop around it goes through. */
  readonly loop: Query | null;
  /** Something right behind it looks whether it met a row: FOUND, ROW_COUNT, or what it RETURNING … INTO gave. */
  readonly isOutcomeTested: boolean;
  /** Under IF, CASE, a loop or a handler: not each call does it. */
  readonly isConditional: boolean;
}

/** `target := value` of PL/pgSQL; `new.updated_at := now()` has the target ['new', 'updated_at'], and so has a field of a copy of NEW that is returned. */
export interface Assignment {
  readonly target: readonly string[];
  /** Null where a query gives it (INTO). */
  readonly value: Bound | null;
  readonly from: Operand;
  readonly constant: Constant | null;
  readonly isConditional: boolean;
  readonly at: SourceLocation | null;
}

/** A lock that other sessions wait for, besides those of rows (see `Query.lock`). */
export interface TakenLock {
  readonly kind: 'advisory' | 'table';
  readonly at: SourceLocation | null;
}

/** What a routine does, as its body says. */
export interface RoutineShape {
  readonly routine: Routine;
  /** Of its own statements and of the constant texts it EXECUTEs, in order. */
  readonly queries: readonly Query[];
  readonly writes: readonly RoutineWrite[];
  readonly assignments: readonly Assignment[];
  /** Variables that a trigger's function returns for NEW, of which it is not known what they hold. */
  readonly madeRows: ReadonlySet<string>;
  readonly checksThenInserts: readonly CheckThenInsert[];
  readonly handlers: readonly ExceptionHandler[];
  readonly locks: readonly TakenLock[];
  readonly dynamic: readonly DynamicSql[];
  /** Its statements and expressions, bound, without what it EXECUTEs. */
  readonly expressions: readonly Bound[];
  /** The functions of the graph that it calls, each once. */
  readonly calls: readonly EntityId[];
  /** What could not be read. */
  readonly unread: readonly UnreadPart[];
  /** Names that stand for nothing, or for more than one thing: where there is certainly no more to know, Postgres raises an error there. */
  readonly openNames: readonly OpenName[];
  /** Where Postgres raises an error because of types. */
  readonly refusals: readonly Refusal[];
  /** Everything it does is in the lists: nothing unread, no EXECUTE of a text made at run time. */
  readonly isWhole: boolean;
  /** The tree of a PL/pgSQL body, for questions not asked here. */
  readonly block: PlBlock | null;
}

/** The shape of a routine: read when it is first asked for. */
export const routineShape = askedOnce((graph: SchemaGraph, routine: Routine): RoutineShape => {
  const tree = bodyTree(routine);
  const scope = RoutineScope.of(graph, routine);
  switch (tree.language) {
    case 'standard':
      return plain(graph, routine, tree.statements, []);
    case 'sql': {
      const bound = tree.statements.map((each) => scope.bind(each));
      return plain(graph, routine, bound, tree.unread);
    }
    case 'plpgsql':
      return new BlockReader(graph, routine).shape(tree.block, scope);
    case 'unread':
      return plain(graph, routine, [], [tree.unread]);
  }
});

/** Statements one after the other. */
function plain(
  graph: SchemaGraph,
  routine: Routine,
  statements: readonly Bound[],
  unread: readonly UnreadPart[],
): RoutineShape {
  const queries = statements.flatMap((each) => queriesIn(graph, each));
  return {
    routine,
    queries,
    writes: queries.flatMap((query) =>
      query.writes.map((write) => ({ query, write, loop: null, isOutcomeTested: false, isConditional: false })),
    ),
    assignments: [],
    madeRows: NO_NAMES,
    checksThenInserts: [],
    handlers: [],
    locks: statements.flatMap(locksIn),
    dynamic: [],
    expressions: statements,
    calls: [...new Set(statements.flatMap((each) => callsIn(each)))],
    unread,
    openNames: openNamesOf(statements),
    refusals: refusalsOf(graph, statements),
    isWhole: unread.length === 0,
    block: null,
  };
}

class BlockReader implements BlockQueries {
  readonly #graph: SchemaGraph;
  readonly #routine: Routine;
  readonly #bound = new Map<Expression, CheckedExpression>();
  readonly #queries = new Map<Expression, readonly Query[]>();

  constructor(graph: SchemaGraph, routine: Routine) {
    this.#graph = graph;
    this.#routine = routine;
  }

  bound(expression: Expression): CheckedExpression | undefined {
    return this.#bound.get(expression);
  }

  queries(expression: Expression): readonly Query[] {
    return this.#queries.get(expression) ?? [];
  }

  shape(block: PlBlock, scope: RoutineScope): RoutineShape {
    this.#bind([block], scope);
    const dynamic = dynamicSqlOf(this.#graph, this.#routine, block, this, scope);
    const all = [...eachStatement([block])];
    const rows = isTriggerFunction(this.#routine) ? returnedRows(block) : NO_ROWS;
    const queries = all.flatMap(({ statement }) => this.#queriesOf(statement));
    const expressions = [...this.#bound.values()];
    return {
      routine: this.#routine,
      queries: [...queries, ...dynamic.flatMap((each) => each.queries)],
      writes: all.flatMap(({ statement, parents }) => this.#writesOf(statement, parents)),
      assignments: all
        .flatMap(({ statement, parents }) => this.#assignmentsOf(statement, parents))
        .map((each) => inRow(each, rows.copies)),
      madeRows: rows.others,
      checksThenInserts: checksThenInserts(block, this),
      handlers: handlersOf(block, this),
      locks: expressions.flatMap(locksIn),
      dynamic,
      expressions,
      calls: [...new Set(expressions.flatMap((each) => callsIn(each)))],
      unread: [],
      openNames: openNamesIn(block, this),
      refusals: refusalsIn(this.#graph, this.#routine, block, this),
      isWhole: dynamic.every((each) => each.constant !== null),
      block,
    };
  }

  #bind(list: readonly PlStatement[], scope: RoutineScope): void {
    for (const statement of list) {
      const inside = scope.inside(statement);
      if (statement.kind === 'block')
        for (const [declaration, before] of scope.declaring(statement))
          for (const expression of expressionsWithin(declaration)) this.#bindOne(expression, before);
      // The variable of FOR i IN 1..n is not there yet when its bounds are worked out; one that rows go into is.
      else
        for (const expression of ownExpressions(statement))
          this.#bindOne(expression, statement.kind === 'for-range' ? scope : inside);
      for (const inner of listsIn(statement)) this.#bind(inner, inside);
    }
  }

  #bindOne(expression: Expression, scope: RoutineScope): void {
    const bound = scope.bind(expression);
    this.#bound.set(expression, bound);
    this.#queries.set(expression, queriesIn(this.#graph, bound));
  }

  #queriesOf(statement: PlStatement): readonly Query[] {
    return ownExpressions(statement).flatMap((each) => this.queries(each));
  }

  #writesOf(statement: PlStatement, parents: readonly PlStatement[]): readonly RoutineWrite[] {
    const around = parents.findLast((each) => each.kind === 'for-query');
    const loop = around?.kind === 'for-query' ? (this.queries(around.query)[0] ?? null) : null;
    const parent = parents.at(-1);
    const list = parent && listsIn(parent).find((each) => each.includes(statement));
    const isOutcomeTested = list !== undefined && testsOutcome(statement, list.slice(list.indexOf(statement) + 1));
    const isConditional = parents.some((each) => CONDITIONAL.has(each.kind)) || isInHandler(statement, parents);
    return this.#queriesOf(statement).flatMap((query) =>
      query.writes.map((write) => ({ query, write, loop, isOutcomeTested, isConditional })),
    );
  }

  #assignmentsOf(statement: PlStatement, parents: readonly PlStatement[]): readonly Assignment[] {
    const isConditional = parents.some((each) => CONDITIONAL.has(each.kind)) || isInHandler(statement, parents);
    if (statement.kind === 'assign') {
      const value = this.bound(statement.value);
      const target = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
      if (value === undefined) return [];
      const from = operandOf(value.tree, value);
      const at = fileOf(statement.at);
      return [{ target, value, from, constant: constantOf(value.tree), isConditional, at }];
    }
    const into = 'into' in statement ? statement.into : undefined;
    return (into?.targets ?? []).map((target) => ({
      target: target.name,
      value: null,
      from: 'subselect',
      constant: null,
      isConditional,
      at: fileOf(target.at),
    }));
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

const NO_ROWS: ReturnedRows = { copies: NO_NAMES, others: NO_NAMES };

/** A field of a copy of NEW is a field of NEW. */
function inRow(assignment: Assignment, copies: ReadonlySet<string>): Assignment {
  const [row = '', ...field] = assignment.target;
  return field.length > 0 && copies.has(row) ? { ...assignment, target: ['new', ...field] } : assignment;
}

const CONDITIONAL: ReadonlySet<PlStatement['kind']> = new Set([
  ...(['if', 'case', 'while', 'for-range', 'for-query', 'for-execute', 'for-cursor', 'foreach'] as const),
]);

function isInHandler(statement: PlStatement, parents: readonly PlStatement[]): boolean {
  const way = [...parents, statement];
  return way.some((each, at) => {
    const parent = way[at - 1];
    return parent?.kind === 'block' && !parent.body.includes(each);
  });
}

/** Does what follows directly ask FOUND, ROW_COUNT, or what INTO received? */
function testsOutcome(statement: PlStatement, behind: readonly PlStatement[]): boolean {
  const into = 'into' in statement ? (statement.into?.targets ?? []).flatMap((each) => each.name[0] ?? []) : [];
  const watched = new Set(['found', ...into]);
  for (const next of behind.slice(0, 3)) {
    if (next.kind === 'diagnostics')
      for (const { target, item } of next.items) if (/row_count/i.test(item)) watched.add(target.name[0] ?? '');
    const asked = next.kind === 'return' || next.kind === 'if' || next.kind === 'case' || next.kind === 'exit';
    if (asked && ownExpressions(next).some((each) => mentions(each, watched))) return true;
    if (next.kind === 'sql') return false;
  }
  return false;
}

function mentions({ tree }: Expression, names: ReadonlySet<string>): boolean {
  return anyNode(tree, (node) => {
    const [first] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    return first !== undefined && names.has(first);
  });
}

export function locksIn(bound: Bound): readonly TakenLock[] {
  const locks: TakenLock[] = [];
  walk(bound.tree, (tag, node) => {
    if (tag !== 'FuncCall' && tag !== 'LockStmt') return undefined;
    const { name } = writtenName(fieldsOf(node, 'FuncCall')?.funcname);
    if (/^pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?$/.test(name))
      locks.push({ kind: 'advisory', at: placeOf(bound, node) });
    if ('LockStmt' in node) locks.push({ kind: 'table', at: bound.at === undefined ? null : fileOf(bound.at) });
    return undefined;
  });
  return locks;
}

function callsIn({ references }: Binding): readonly EntityId[] {
  return references.flatMap((each) => (each.kind === 'function' ? [each.target] : []));
}

function fileOf(at: SourceLocation): SourceLocation | null {
  return at.file === '' ? null : at;
}
