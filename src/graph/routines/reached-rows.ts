import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { nodesOf, walk } from '../../sql/walk.ts';
import type { ColumnMeaning, Meaning } from '../binding/binding.ts';
import { givesValues, isOutput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { policiesAskForOwner } from '../policies/owner-policies.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query, QuerySource } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedSecrets } from '../secrets/asked-secrets.ts';
import { isUsersOwn } from '../users-own.ts';
import { callerChoice } from './caller-choice.ts';
import { changedRows, mayAddOwn, mayAll } from './chosen-rows.ts';
import { securedTable } from './written-tables.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** Rows of a table under row security that a routine gives its callers something to do with that no policy lets all of them do. */
export interface ReachedRows {
  readonly table: Table;
  /** It changes or deletes rows that an argument names, adds rows under what an argument names, or gives rows back. */
  readonly command: 'update' | 'delete' | 'insert' | 'select';
  /** The columns by which an argument names the rows, or of an INSERT what they go under; none where it gives back what is there. */
  readonly keys: readonly EntityId[];
  readonly query: Query;
}

/**
 * The rows that whoever may call a routine reaches by it, if nothing in it keeps them out: what it changes (`changedRows`), adds under a row that an argument
 * names, and gives back. A routine that looks for a secret it is given tells by that who is let in.
 */
export function reachedRows(
  graph: SchemaGraph,
  routine: Routine,
  callers: readonly ApiCaller[],
): readonly ReachedRows[] {
  const changed = changedRows(graph, routine, callers);
  if (askedSecrets(graph, routine).length > 0) return changed;
  return [...changed, ...addedUnder(graph, routine, callers), ...givenBack(graph, routine, callers)];
}

/** INSERT of rows whose key to another table an argument gives: into whichever room. What everybody may add by a policy is no matter. */
function addedUnder(graph: SchemaGraph, routine: Routine, callers: readonly ApiCaller[]): readonly ReachedRows[] {
  const choice = callerChoice(graph, routine);
  const names = callers.map(({ name }) => name);
  return routineShape(graph, routine).writes.flatMap(({ query, write }): readonly ReachedRows[] => {
    const table = write.kind === 'insert' ? securedTable(graph, write) : undefined;
    if (table === undefined || policiesAskForOwner(graph, routine, table, 'insert')) return [];
    if (mayAll(graph, table, 'insert', callers) || mayAddOwn(graph, table, names)) return [];
    const keys = write.sets.flatMap(({ column, value }) =>
      column !== null && isKeyToUsers(graph, column) && choice.names(value ?? undefined, query.binding) ? [column] : [],
    );
    return keys.length === 0 ? [] : [{ table, command: 'insert', keys, query }];
  });
}

/** A key to a table of the project's own that holds no accounts: what a new row belongs to. */
function isKeyToUsers(graph: SchemaGraph, id: EntityId): boolean {
  return graph.foreignKeysOf(graph.get('column', id)).some(({ referencedTable }) => {
    const parent = graph.find(referencedTable);
    return parent?.kind === 'table' && isUsersOwn(graph, parent) && !isAccountTable(graph, parent);
  });
}

/** Rows of which a function in PL/pgSQL gives more back than whether they are there. */
function givenBack(graph: SchemaGraph, routine: Routine, callers: readonly ApiCaller[]): readonly ReachedRows[] {
  const shape = routineShape(graph, routine);
  if (shape.block === null || !givesValues(routine)) return [];
  const choice = callerChoice(graph, routine);
  const giving = givingTrees(routine, shape, shape.block);
  return shape.queries.flatMap((query) => {
    if (query.kind !== 'select' || query.isScalar || !isOutermost(query) || !giving.has(query.binding)) return [];
    return query.sources.flatMap((source): readonly ReachedRows[] => {
      const table = securedTable(graph, source);
      if (table === undefined || policiesAskForOwner(graph, routine, table, 'select')) return [];
      if (mayAll(graph, table, 'select', callers)) return [];
      const keys = choice.keysOf(query, source);
      return givesMore(query, source, keys) ? [{ table, command: 'select', keys, query }] : [];
    });
  });
}

/** Not what another query only looks into, and no arm of a UNION. */
function isOutermost({ role, parent }: Query): boolean {
  return role === 'statement' || (role === 'from' && parent !== null && isOutermost(parent));
}

/** The expressions of a body whose rows its caller gets: behind RETURN QUERY, or put INTO what is returned. */
function givingTrees(
  routine: Routine,
  { expressions }: RoutineShape,
  block: PlBlock,
): ReadonlySet<RoutineShape['expressions'][number] | Query['binding']> {
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const bindings = new Map(expressions.map((each) => [each.tree, each]));
  const returned = new Set(routine.parameters.filter(isOutput).map(({ name }) => name));
  for (const statement of statements.filter(isReturning))
    for (const { tree } of ownExpressions(statement)) for (const name of rootsIn(tree, bindings)) returned.add(name);
  return new Set(
    statements
      .filter((each) => each.kind === 'return-query' || targetsOf(each).some((name) => returned.has(name)))
      .flatMap((each) => ownExpressions(each).flatMap(({ tree }) => bindings.get(tree) ?? [])),
  );
}

function isReturning({ kind }: PlStatement): boolean {
  return kind === 'return' || kind === 'return-next';
}

function rootsIn(tree: Node, bindings: ReadonlyMap<Node, Query['binding']>): readonly string[] {
  const binding = bindings.get(tree);
  if (binding === undefined) return [];
  return nodesOf(tree, 'ColumnRef').flatMap((each) => variableOf({ ColumnRef: each }, binding)?.split('.')[0] ?? []);
}

function targetsOf(statement: PlStatement): readonly string[] {
  const targets =
    statement.kind === 'sql' ? statement.into?.targets : statement.kind === 'for-query' ? statement.targets : [];
  return (targets ?? []).flatMap(({ name }) => name[0] ?? []);
}

/** Does it give columns of the source besides those that the caller names it by? Not how many there are. */
function givesMore({ node, binding }: Query, { relation }: QuerySource, keys: readonly EntityId[]): boolean {
  let isGiven = false;
  for (const target of fieldsOf(node, 'SelectStmt')?.targetList ?? [])
    walk(target, (tag, each) => {
      if (tag === 'SubLink' || isCount(each)) return 'skip';
      const reference = fieldsOf(each, 'ColumnRef');
      const meaning = reference && binding.meanings.get(reference);
      isGiven ||= meaning?.kind === 'row' && meaning.relation === relation;
      isGiven ||= columnsOf(meaning).some(
        (one) => one.relation === relation && one.level === 0 && one.column !== undefined && !keys.includes(one.column),
      );
      return isGiven ? 'stop' : undefined;
    });
  return isGiven;
}

function columnsOf(meaning: Meaning | undefined): readonly ColumnMeaning[] {
  if (meaning?.kind === 'star') return meaning.columns;
  return meaning?.kind === 'column' ? [meaning] : [];
}

function isCount(node: Node): boolean {
  return writtenName(fieldsOf(node, 'FuncCall')?.funcname).name === 'count';
}
