// Long because it is one small interpreter: what variables hold of rows that were read, under which locks, and what was asked of it.
import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import { isInput, resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { groupedBy } from '../grouping.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import type { Bound } from './block-queries.ts';
import { givesRows, type HeldColumn, type HoldersAround, heldBy, type RowReading } from './held-columns.ts';
import { constantOf } from './operand.ts';
import { leaves, ownExpressions, targetsOf } from './pl-statements.ts';
import type { Query, QuerySource, SetColumn, Write } from './query.ts';
import { triggeredRelations } from './routine-scope.ts';
import { routineShape } from './routine-shape.ts';
import { conflictEqualities, type RowEquality, rowEqualities } from './row-equalities.ts';
import { rowField } from './row-field.ts';
import {
  type HeldLock,
  isCovered,
  type KeyText,
  keyTexts,
  lockOfWrite,
  locksBefore,
  locksOfInsert,
} from './row-locks.ts';
import { guardsOfRow, type ValueGuard, valueGuards } from './value-guards.ts';
import { type NamedValue, valuesSetBy } from './variable-sources.ts';

type Routine = EntityOf<'function'>;

/** A value by which the rows to be changed are picked. */
export interface RowKey {
  readonly column: EntityId;
  readonly isConstant: boolean;
  readonly held: readonly HeldColumn[];
  /** The rows read before that were picked by the same value in the same column. */
  readonly alsoOf: ReadonlySet<RowReading>;
}

/** An UPDATE, or ON CONFLICT DO UPDATE, and what the routine knows of rows when it comes there. */
export interface RowChange {
  readonly query: Query;
  readonly write: Write;
  readonly keys: readonly RowKey[];
  readonly sets: readonly { readonly set: SetColumn; readonly held: readonly HeldColumn[] }[];
  readonly guards: readonly ValueGuard[];
  readonly readings: readonly RowReading[];
}

/** The changes of rows in a PL/pgSQL routine, in the order of the text. */
export const rowChanges = askedOnce((graph: SchemaGraph, routine: Routine): readonly RowChange[] => {
  const { block } = routineShape(graph, routine);
  if (block === null) return [];
  const reader = new Reader(graph, routine);
  reader.list([block], startOf());
  return reader.changes;
});

function startOf(): State {
  return { variables: new Map(), guards: [], locks: new Set() };
}

interface State {
  readonly variables: Map<string, readonly HeldColumn[]>;
  readonly guards: readonly ValueGuard[];
  /** Held until the transaction ends: of whichever way led here. */
  readonly locks: Set<HeldLock>;
}

/** A row that was read; `resetSince` are the variables that have got another value since. */
interface Reading extends RowReading {
  readonly values: readonly KeyText[];
  readonly resetSince: Set<string>;
}

class Reader {
  readonly changes: RowChange[] = [];
  /** What it gives back of rows that it has read. */
  readonly returned: HeldColumn[] = [];
  readonly #graph: SchemaGraph;
  readonly #bound: ReadonlyMap<Node, Bound>;
  readonly #queries: ReadonlyMap<Binding, readonly Query[]>;
  /** Of the rows whose trigger calls the routine: no other transaction changes them meanwhile. */
  readonly #firedKeys: ReadonlySet<string>;
  readonly #readings = new Map<Query, Map<EntityId, Reading>>();
  /** By the calls that give what was read. */
  readonly #given = new Map<Node, readonly GivenColumn[]>();

  constructor(graph: SchemaGraph, routine: Routine) {
    const { expressions, queries } = routineShape(graph, routine);
    this.#graph = graph;
    this.#bound = new Map(expressions.map((each) => [each.tree, each]));
    this.#queries = groupedBy(queries, (each) => each.binding);
    const keys = triggeredRelations(graph, routine).map((id) => graph.primaryKey(id)?.columns ?? []);
    const single = keys.flatMap((columns) => (columns.length === 1 ? columns : []));
    this.#firedKeys = new Set(graph.columnNames(single));
  }

  list(statements: readonly PlStatement[], state: State): State {
    let current = state;
    for (const statement of statements) current = this.#one(statement, current);
    return current;
  }

  /** The one query that a function is, or what it returns. */
  give(value: Pick<PlExpression, 'tree'>, state: State): void {
    this.#note(value, state);
    this.returned.push(...this.#heldBy(value, state));
  }

  /** @returns the state behind the statement */
  #one(statement: PlStatement, state: State): State {
    for (const expression of ownExpressions(statement)) this.#note(expression, state);
    switch (statement.kind) {
      case 'if':
        return this.#branches(
          statement.branches.map(({ condition, body }) => ({ conditions: [condition], body })),
          statement.else,
          state,
        );
      case 'case':
        return this.#branches(statement.subject === undefined ? statement.branches : [], statement.else, state);
      case 'block': {
        this.#set(statement, state);
        const behind = this.list(statement.body, state);
        for (const { body } of statement.handlers) this.list(body, inside(behind));
        return behind;
      }
      case 'return':
        if (statement.value !== undefined) this.returned.push(...this.#heldBy(statement.value, state));
        return state;
      default:
        this.#set(statement, state);
        return 'body' in statement ? { ...this.list(statement.body, state), guards: state.guards } : state;
    }
  }

  #branches(
    branches: readonly { readonly conditions: readonly PlExpression[]; readonly body: readonly PlStatement[] }[],
    otherwise: readonly PlStatement[] | undefined,
    state: State,
  ): State {
    let guards = state.guards;
    let behind = state.guards;
    const ends: State[] = [];
    for (const { conditions, body } of branches) {
      const asked = (holds: boolean) => conditions.flatMap((each) => this.#guardsIn(each, holds, state));
      const end = this.list(body, inside({ ...state, guards: [...guards, ...asked(true)] }));
      guards = [...guards, ...asked(false)];
      if (leaves(body)) behind = [...behind, ...asked(false)];
      else ends.push(end);
    }
    const last = this.list(otherwise ?? [], inside({ ...state, guards }));
    if (!leaves(otherwise ?? [])) ends.push(last);
    const variables = new Map<string, readonly HeldColumn[]>();
    for (const end of ends)
      for (const [name, held] of end.variables)
        variables.set(name, [...new Set([...(variables.get(name) ?? []), ...held])]);
    const locks = ends
      .flatMap((end) => [...end.locks])
      .filter((lock) => {
        return !lock.isOfInsert || ends.every((end) => end.locks.has(lock));
      });
    return { variables, guards: behind, locks: new Set(locks) };
  }

  #guardsIn(expression: PlExpression, holds: boolean, state: State): readonly ValueGuard[] {
    const bound = this.#bound.get(expression.tree);
    return bound === undefined ? [] : valueGuards(bound.tree, holds, bound, this.#around(bound, state));
  }

  #around(binding: Binding, { variables }: State): HoldersAround {
    const queries = this.#queries.get(binding) ?? [];
    return {
      variables,
      queries,
      readingOf: (query, relation) => this.#readings.get(query)?.get(relation),
      givenBy: (call) => this.#given.get(call) ?? [],
    };
  }

  /** The rows that functions read for it, which do nothing else: `v := balance_of(p_user)`. */
  #noteCalls(bound: Bound, state: State): void {
    for (const { call, routine, columns } of readingCalls(this.#graph, bound)) {
      const args = fieldsOf(call, 'FuncCall')?.args ?? [];
      const given = columns.flatMap(({ reading, ...rest }): readonly GivenColumn[] => {
        const values = valuesOfCaller(reading, routine, args, bound);
        if (values === undefined) return [];
        const { query, source } = reading;
        const isSerialized = reading.isSerialized || isCovered(source.relation, values, state.locks);
        const own = { query, source, values, isSerialized, asks: [], resetSince: new Set<string>(), through: routine };
        return [{ ...rest, reading: own }];
      });
      this.#given.set(call, given);
    }
  }

  /** The rows that an expression reads, locks and changes. */
  #note(expression: Pick<PlExpression, 'tree'>, state: State): void {
    const bound = this.#bound.get(expression.tree);
    if (bound === undefined) return;
    const queries = this.#queries.get(bound) ?? [];
    for (const lock of locksBefore(this.#graph, bound, queries)) state.locks.add(lock);
    this.#noteCalls(bound, state);
    for (const query of queries)
      if (givesRows(query)) for (const source of query.sources) this.#read(query, source, state);
    for (const query of queries) for (const write of query.writes) this.#write(query, write, state);
  }

  #read(query: Query, source: QuerySource, state: State): void {
    const values = keyTexts(rowEqualities(query, source), query.binding);
    const isSerialized = this.#isFired(query, source) || isCovered(source.relation, values, state.locks);
    const asks: ValueGuard[] = [];
    const reading = { query, source, values, isSerialized, asks, resetSince: new Set<string>() };
    const known = this.#readings.get(query) ?? new Map<EntityId, Reading>();
    this.#readings.set(query, known.set(source.relation, reading));
    const guards = guardsOfRow(query, true, this.#around(query.binding, state));
    asks.push(...guards.filter((each) => each.reading === reading));
  }

  #isFired(query: Query, source: QuerySource): boolean {
    return rowEqualities(query, source).some(({ value }) => this.#firedKeys.has(rowField(value)?.name ?? ''));
  }

  #write(query: Query, write: Write, state: State): void {
    const { relation, onConflict } = write;
    const lock = lockOfWrite(query, write);
    if (relation === null || lock === undefined) return;
    const isConflict = onConflict?.action === 'update';
    const target = query.sources.find((each) => each.isTarget);
    if (isConflict || (write.kind === 'update' && target !== undefined)) {
      const ofTarget = target === undefined ? [] : rowEqualities(query, target);
      const equalities = isConflict ? conflictEqualities(write) : ofTarget;
      const around = this.#around(query.binding, state);
      this.changes.push({
        query,
        write,
        keys: equalities.map((each) => this.#keyOf(each, query.binding, around)),
        sets: (onConflict?.sets ?? write.sets).map((set) => ({
          set,
          held: heldBy(writtenValue(set, write), query.binding, around),
        })),
        guards: state.guards,
        readings: this.#allReadings().filter((each) => each.source.relation === relation),
      });
    }
    state.locks.add(lock);
  }

  #queriesOf({ tree }: PlExpression): readonly Query[] {
    const bound = this.#bound.get(tree);
    return bound === undefined ? [] : (this.#queries.get(bound) ?? []);
  }

  #allReadings(): readonly Reading[] {
    const given = [...this.#given.values()].flatMap((each) => each.map(({ reading }) => reading));
    return [...[...this.#readings.values()].flatMap((each) => [...each.values()]), ...given];
  }

  #keyOf(equality: RowEquality, binding: Binding, around: HoldersAround): RowKey {
    const { column, value } = equality;
    const names = namesIn(value, binding);
    const [key] = keyTexts([equality], binding);
    const also = this.#allReadings().filter(
      (each) =>
        !names.some((name) => each.resetSince.has(name)) &&
        each.values.some((own) => own.column === column && own.text === key?.text),
    );
    const isConstant = constantOf(value) !== null;
    return { column, isConstant, held: heldBy(value, binding, around), alsoOf: new Set(also) };
  }

  #set(statement: PlStatement, state: State): void {
    const values = valuesSetBy(statement, ({ tree }) => this.#bound.get(tree));
    const put = values.map(({ name, value }) => [name, this.#heldIn(value, state)] as const);
    const roots = [...targetsOf(statement).map(({ name }) => name[0] ?? ''), ...values.map(({ name }) => name)];
    for (const root of roots) this.#forget(root, state);
    if (statement.kind === 'sql' || statement.kind === 'perform') this.#find(statement, state);
    else if (statement.kind !== 'assign') state.variables.delete('found');
    for (const [name, held] of put) state.variables.set(name, held);
    if (statement.kind !== 'sql') return;
    for (const query of this.#queriesOf(statement.sql))
      for (const lock of locksOfInsert(this.#graph, query, values)) state.locks.add(lock);
  }

  #forget(root: string, { variables }: State): void {
    for (const name of [...variables.keys()]) if (name === root || name.startsWith(`${root}.`)) variables.delete(name);
    for (const { resetSince } of this.#allReadings()) resetSince.add(root.split('.')[0] ?? '');
  }

  /** FOUND holds what was asked of the row that was looked for. */
  #find(statement: Extract<PlStatement, { kind: 'sql' | 'perform' }>, { variables }: State): void {
    const [query] = this.#queriesOf(statement.kind === 'sql' ? statement.sql : statement.query);
    const readings = query === undefined ? [] : [...(this.#readings.get(query)?.values() ?? [])];
    variables.set(
      'found',
      readings.flatMap((reading) => reading.asks.map(({ column }) => ({ reading, column, isChanged: true }))),
    );
  }

  /** Of an expression, or of the one column of a query. */
  #heldBy({ tree }: Pick<PlExpression, 'tree'>, state: State): readonly HeldColumn[] {
    const binding = this.#bound.get(tree);
    return binding === undefined ? [] : this.#heldIn({ node: tree, binding }, state);
  }

  #heldIn(value: NamedValue['value'], state: State): readonly HeldColumn[] {
    const { binding } = value;
    const around = this.#around(binding, state);
    const own = around.queries.find((each) => each.role === 'statement' && each.kind === 'select');
    if ('node' in value) {
      const select = fieldsOf(value.node, 'SelectStmt');
      // `v := balance from accounts where …` is a query as a whole.
      const node = select === undefined ? value.node : fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
      return heldBy(node, binding, around, own);
    }
    const column = this.#graph.get('column', value.column);
    const reading = own && around.readingOf(own, column.relation);
    return reading === undefined ? [] : [{ reading, column: column.id, isChanged: false }];
  }
}

interface GivenColumn extends HeldColumn {
  readonly reading: Reading;
}

/** A call of a function that gives back what it reads, and does nothing else. */
interface ReadingCall {
  readonly call: Node;
  readonly routine: Routine;
  readonly columns: readonly GivenColumn[];
}

function readingCalls(graph: SchemaGraph, bound: Bound): readonly ReadingCall[] {
  const isCalling = bound.references.some(({ kind }) => kind === 'function');
  if (!isCalling) return [];
  const found: ReadingCall[] = [];
  walk(bound.tree, (tag, call) => {
    const routine = tag === 'FuncCall' ? calledFunction(graph, call, bound) : undefined;
    if (routine === undefined || !isUsersOwn(graph, routine)) return undefined;
    const columns = columnsGiven(graph, routine);
    if (columns.length > 0) found.push({ call, routine, columns });
    return undefined;
  });
  return found;
}

/** What a function gives back of rows that it reads; none where it does anything else, or calls another one. */
const columnsGiven = askedOnce((graph: SchemaGraph, routine: Routine): readonly GivenColumn[] => {
  const { block, calls, expressions, isWhole, locks, queries, unread, writes } = routineShape(graph, routine);
  const [only, another] = expressions;
  if (!isWhole || unread.length > 0 || resultKind(routine) !== 'value') return [];
  if (writes.length > 0 || locks.length > 0 || queries.some(({ lock }) => lock !== null)) return [];
  if (calls.some((id) => graph.find(id)?.origin.from !== 'platform')) return [];
  const reader = new Reader(graph, routine);
  if (block !== null) reader.list([block], startOf());
  else if (only !== undefined && another === undefined) reader.give(only, startOf());
  return reader.returned.filter((each): each is GivenColumn => 'values' in each.reading);
});

/** The values by which the function has picked its rows, as the caller spells them; undefined where one is neither an argument nor a constant. */
function valuesOfCaller(
  { values, resetSince }: Reading,
  { parameters }: Routine,
  args: readonly Node[],
  binding: Binding,
): readonly KeyText[] | undefined {
  if (values.length === 0 || args.some((each) => 'NamedArgExpr' in each)) return undefined;
  const given = parameters.filter(isInput);
  const own = values.flatMap(({ column, text }) => {
    const at = given.findIndex(({ name }, index) => name === text || `$${index + 1}` === text);
    const value = args[at];
    return value === undefined || resetSince.has(text) ? [] : keyTexts([{ column, value }], binding);
  });
  return own.length < values.length ? undefined : own;
}

/** `excluded.n` of ON CONFLICT is what the INSERT gives the column. */
function writtenValue({ value }: SetColumn, { onConflict, sets }: Write): Node | undefined {
  const [row, name] = stringsOf(fieldsOf(value ?? undefined, 'ColumnRef')?.fields);
  if (onConflict === null || row !== 'excluded' || name === undefined) return value ?? undefined;
  return sets.find((each) => each.name === name)?.value ?? undefined;
}

function inside(state: State): State {
  return { ...state, variables: new Map(state.variables), locks: new Set(state.locks) };
}

function namesIn(value: Node, { meanings }: Binding): readonly string[] {
  const names: string[] = [];
  walk(value, (_, node) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind === 'variable') names.push(meaning.name.split('.')[0] ?? '');
    return undefined;
  });
  return names;
}
